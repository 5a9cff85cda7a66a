import { describe, expect, it } from "vitest";
import type { MetricsFrame, RunMetrics } from "@/api/schema";
import {
  NO_SERIES,
  progressOf,
  type RunSeries,
  withFrame,
  withHistory,
  withStretch,
} from "./series";

function frame(attempt: number, first_step: number, ...steps: number[]): MetricsFrame {
  const points = steps.map((step) => ({ step, metrics: { reward: 100 * attempt + step } }));
  return { run_id: "run_1", attempt, first_step, points };
}

function history(...points: [step: number, attempt: number][]): RunMetrics {
  return {
    run_id: "run_1",
    cursor: "c",
    progress: [],
    series: [
      {
        name: "reward",
        points: points.map(([step, attempt]) => {
          const value = 100 * attempt + step;
          return [step, value, value, value, attempt];
        }),
      },
    ],
  };
}

function drawn(series: RunSeries): [number, number][] {
  return (series.metrics.reward ?? []).map(({ step, value }) => [step, value]);
}

describe("what the stream says", () => {
  it("is added step by step", () => {
    const series = [frame(1, 1, 1, 2), frame(1, 1, 3)].reduce(withFrame, NO_SERIES);
    expect(drawn(series)).toEqual([
      [1, 101],
      [2, 102],
      [3, 103],
    ]);
  });

  it("counts once however often it is said", () => {
    const series = [frame(1, 1, 1, 2), frame(1, 1, 2, 3), frame(1, 1, 1)].reduce(
      withFrame,
      NO_SERIES,
    );
    expect(drawn(series).map(([step]) => step)).toEqual([1, 2, 3]);
  });

  it("takes its place when it comes late", () => {
    const series = [frame(1, 1, 1), frame(1, 1, 3), frame(1, 1, 2)].reduce(withFrame, NO_SERIES);
    expect(drawn(series).map(([step]) => step)).toEqual([1, 2, 3]);
  });

  it("leaves a metric out where a step has none", () => {
    const gap = { ...frame(1, 1), points: [{ step: 2, metrics: { loss: 1 } }] };
    const series = [frame(1, 1, 1), gap, frame(1, 1, 3)].reduce(withFrame, NO_SERIES);
    expect(drawn(series).map(([step]) => step)).toEqual([1, 3]);
    expect(series.metrics.loss).toEqual([{ step: 2, value: 1, low: 1, high: 1, attempt: 1 }]);
  });
});

describe("a later attempt", () => {
  it("replaces the earlier one from its first step on", () => {
    const series = [frame(1, 1, 1, 2, 3, 4), frame(2, 3, 3)].reduce(withFrame, NO_SERIES);
    expect(drawn(series)).toEqual([
      [1, 101],
      [2, 102],
      [3, 203],
    ]);
  });

  it("stays when news of the earlier one arrives afterwards", () => {
    const series = [frame(1, 1, 1), frame(2, 2, 2), frame(1, 1, 2, 3)].reduce(withFrame, NO_SERIES);
    expect(drawn(series)).toEqual([
      [1, 101],
      [2, 202],
    ]);
  });

  it("replaces what the history held", () => {
    const loaded = withHistory(NO_SERIES, history([1, 1], [2, 1], [3, 1]));
    expect(drawn(withFrame(loaded, frame(2, 2, 2)))).toEqual([
      [1, 101],
      [2, 202],
    ]);
  });
});

describe("the history", () => {
  it("is joined with what came while it was read", () => {
    const live = [frame(1, 1, 3), frame(1, 1, 4)].reduce(withFrame, NO_SERIES);
    expect(drawn(withHistory(live, history([1, 1], [2, 1], [3, 1])))).toEqual([
      [1, 101],
      [2, 102],
      [3, 103],
      [4, 104],
    ]);
  });

  it("closes the gap that a lost connection left", () => {
    const before = withHistory(NO_SERIES, history([1, 1], [2, 1]));
    const after = withFrame(before, frame(1, 1, 6));
    const read = withHistory(after, history([1, 1], [2, 1], [3, 1], [4, 1], [5, 1]));
    expect(drawn(read).map(([step]) => step)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("does not bring back what a newer attempt replaced meanwhile", () => {
    const live = withFrame(NO_SERIES, frame(2, 2, 2));
    expect(drawn(withHistory(live, history([1, 1], [2, 1], [3, 1])))).toEqual([
      [1, 101],
      [2, 202],
    ]);
  });

  it("drops the tail of an older attempt that it no longer has", () => {
    const old = withHistory(NO_SERIES, history([1, 1], [2, 1], [3, 1], [4, 1]));
    expect(drawn(withHistory(old, history([1, 1], [2, 2])))).toEqual([
      [1, 101],
      [2, 202],
    ]);
  });

  it("keeps the steps that it drew as one from being drawn again", () => {
    const bucket: RunMetrics = {
      run_id: "run_1",
      cursor: "c",
      progress: [],
      series: [{ name: "reward", points: [[16, 5, 1, 9, 1]] }],
    };
    const series = withFrame(withHistory(NO_SERIES, bucket), frame(1, 1, 15, 16, 17));
    expect(series.metrics.reward).toEqual([
      { step: 16, value: 5, low: 1, high: 9, attempt: 1 },
      { step: 17, value: 117, low: 117, high: 117, attempt: 1 },
    ]);
  });
});

it("comes to the same curve in whatever order history and news arrive", () => {
  const full: [number, number][] = [
    [1, 101],
    [2, 102],
    [3, 203],
    [4, 204],
    [5, 205],
  ];
  const news = [frame(1, 1, 1, 2, 3, 4), frame(2, 3, 3, 4), frame(2, 3, 5)];
  for (let read = 0; read <= news.length; read += 1) {
    const known = news.slice(0, read).reduce(withFrame, NO_SERIES);
    const stored: [number, number][] =
      read < 2
        ? [
            [1, 1],
            [2, 1],
            [3, 1],
            [4, 1],
          ]
        : [
            [1, 1],
            [2, 1],
            [3, 2],
            [4, 2],
          ];
    const joined = withHistory(known, history(...stored));
    expect(drawn(news.reduce(withFrame, joined))).toEqual(full);
  }
});

describe("progress", () => {
  const points: RunMetrics["series"][0]["points"] = [
    [2, 30, 10, 30, 1],
    [4, 20, 20, 40, 1],
  ];
  const read: RunMetrics = {
    run_id: "run_1",
    cursor: "c",
    series: [{ name: "tokens", points }],
    progress: [
      [2, 40, 1],
      [4, 100, 2],
    ],
  };

  function made(step: number, tokens: number): MetricsFrame {
    const metrics = { tokens, step_seconds: 0.5 };
    return { run_id: "run_1", attempt: 1, first_step: 1, points: [{ step, metrics }] };
  }

  it("goes on from the history with what the stream says", () => {
    const series = [made(4, 9), made(5, 7), made(6, 3)].reduce(
      withFrame,
      withHistory(NO_SERIES, read),
    );
    expect(progressOf(series)).toEqual([
      { step: 2, tokens: 40, seconds: 1 },
      { step: 4, tokens: 100, seconds: 2 },
      { step: 5, tokens: 107, seconds: 2.5 },
      { step: 6, tokens: 110, seconds: 3 },
    ]);
  });

  it("forgets what a later attempt does again", () => {
    const again = { ...made(3, 5), attempt: 2, first_step: 3 };
    const series = withFrame(withHistory(NO_SERIES, read), again);
    expect(progressOf(series)).toEqual([
      { step: 2, tokens: 40, seconds: 1 },
      { step: 3, tokens: 45, seconds: 1.5 },
    ]);
  });
});

it("is coarse where the history had to put steps together", () => {
  const few = withHistory(NO_SERIES, history([1, 1], [2, 1]));
  const many = withHistory(
    NO_SERIES,
    history(...Array.from({ length: 1000 }, (_, index): [number, number] => [3 * index + 3, 1])),
  );
  expect([few.coarse, many.coarse]).toEqual([false, true]);
});

it("shows a stretch as finely as the server has it, and the rest as before", () => {
  const coarse = withHistory(NO_SERIES, history([10, 1], [20, 1], [30, 1], [40, 1]));
  const finer = history([20, 1], [25, 1], [30, 1]);
  const metrics = withStretch({ ...coarse.metrics, loss: [] }, finer, [20, 30]);
  expect(metrics.reward?.map(({ step }) => step)).toEqual([10, 20, 25, 30, 40]);
  expect(metrics.loss).toEqual([]);
});
