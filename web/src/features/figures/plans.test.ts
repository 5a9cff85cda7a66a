import { expect, it } from "vitest";
import type { ArmResult, Structure } from "@/api/schema";
import { fakePipeline, fakeRun } from "@/testing/fake-run";
import { meanCurve } from "./curves";
import { armOf, gapFigure, seedGroups, structureFigure, tokensFigure } from "./plans";

const colour = (place: number) => `#${place}`;

it("takes the runs of one name together, over all seeds", () => {
  const pipelines = [0, 1].map((seed) =>
    fakePipeline({
      runs: [
        fakeRun({ id: `a${seed}`, name: "align" }),
        fakeRun({ id: `t${seed}`, name: "test", kind: "evaluate", config: { arm: "Full" } }),
      ],
    }),
  );
  const groups = seedGroups(pipelines, "align", ({ name }) => name);
  expect(groups.map(({ label, runs }) => [label, runs.map(({ id }) => id)])).toEqual([
    ["align", ["a0", "a1"]],
  ]);
  expect(seedGroups(pipelines, "evaluate", armOf)[0]?.label).toBe("Full");
  const figure = gapFigure(
    groups,
    ({ id }, metric) => (metric === "gap_perception" ? [[1, id === "a0" ? 2 : 4]] : []),
    colour,
  );
  expect(figure.series.map(({ label }) => label)).toEqual(["perception"]);
  expect(figure.series[0]?.points[0]).toMatchObject({ x: 1, y: 3 });
});

it("leaves out steps that a seed has not come to", () => {
  expect(
    meanCurve([
      [[1, 2]],
      [
        [1, 4],
        [2, 9],
      ],
    ]).map(({ x, y }) => [x, y]),
  ).toEqual([[1, 3]]);
  expect(meanCurve([[[1, 2]]])).toEqual([{ x: 1, y: 2 }]);
  expect(meanCurve([])).toEqual([]);
});

it("sets the shares of an arm beside the supervision's", () => {
  const structure = (policy: number[]): Structure => ({
    policy_responses: 4,
    supervision_responses: 2,
    caption_items: { policy, supervision: [0, 0, 2] },
    reasoning_steps: { policy: [], supervision: [] },
  });
  const arms = [{ label: "SFT", structures: [structure([0, 1]), structure([0, 0, 3])] }];
  const { series } = structureFigure("caption_items", arms, colour);
  expect(series.map(({ label, points }) => [label, points.map(({ y }) => y)])).toEqual([
    ["SFT", [0, 25, 75, 0]],
    ["Supervision", [0, 0, 100, 0]],
  ]);
  expect(structureFigure("reasoning_steps", arms, colour).series).toEqual([]);
});

it("places an arm where its accuracy meets its tokens", () => {
  const estimate = (value: number) => ({ value, low: value - 0.1, high: value + 0.1, n: 9 });
  const result = (arm: string, accuracy: number, tokens?: number) =>
    ({
      arm,
      scores: {
        accuracy_greedy: estimate(accuracy),
        ...(tokens === undefined ? {} : { response_tokens: estimate(tokens) }),
      },
    }) as unknown as ArmResult;
  const results = [
    result("a", 0.5, 60),
    result("b", 0.4, 50),
    result("b", 0.6, 70),
    result("c", 1),
  ];
  const { series } = tokensFigure(results, colour);
  expect(series.map(({ label }) => label)).toEqual(["a", "b (2 seeds)"]);
  expect(series[0]?.points).toEqual([{ x: 60, left: 59.9, right: 60.1, y: 50, low: 40, high: 60 }]);
  expect(series[1]?.points[0]).toMatchObject({ x: 60, y: 50 });
});
