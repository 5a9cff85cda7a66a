import { MOST_POINTS } from "@/api/runs";
import type { MetricsFrame, RunMetrics } from "@/api/schema";

/** One drawn point: a step, or where the server put several steps in one, the last of them. */
export interface Point {
  step: number;
  value: number;
  low: number;
  high: number;
  attempt: number;
}

/** How much was done up to a step. */
export interface Progress {
  step: number;
  tokens: number;
  seconds: number;
}

/** The curves of one run: the server's history and what the stream added to it. */
export interface RunSeries {
  /** The step that each attempt began with; from there on it replaces the earlier ones. */
  firstSteps: Readonly<Record<number, number>>;
  /** Up to this step the history is complete, so that news about it is old. */
  loadedTo: number;
  metrics: Readonly<Record<string, readonly Point[]>>;
  /** What the history says of progress; `progressOf` goes on from it. */
  progress: readonly Progress[];
  /** Whether the history puts several steps into one point, so that zooming in shows more. */
  coarse: boolean;
  /** Whether the history was read; before that only the newest steps are there. */
  isRead: boolean;
}

export const NO_SERIES: RunSeries = {
  firstSteps: {},
  loadedTo: 0,
  metrics: {},
  progress: [],
  coarse: false,
  isRead: false,
};

/** Add what the stream said. Saying it twice, or late, changes nothing. */
export function withFrame(series: RunSeries, frame: MetricsFrame): RunSeries {
  const firstSteps = withFirstStep(series.firstSteps, frame.attempt, frame.first_step);
  const isNewest = Object.keys(series.firstSteps).every((known) => Number(known) < frame.attempt);
  const loadedTo = isNewest ? Math.min(series.loadedTo, frame.first_step - 1) : series.loadedTo;
  const metrics: Record<string, readonly Point[]> =
    firstSteps === series.firstSteps ? { ...series.metrics } : visible(series.metrics, firstSteps);
  for (const { step, metrics: values } of frame.points) {
    if (step <= loadedTo || isReplaced({ step, attempt: frame.attempt }, firstSteps)) {
      continue;
    }
    for (const [name, value] of Object.entries(values)) {
      const point = { step, value, low: value, high: value, attempt: frame.attempt };
      metrics[name] = withPoint(metrics[name] ?? [], point);
    }
  }
  return { ...series, firstSteps, loadedTo, metrics };
}

/** Take the server's history over, and keep what the stream has said since it was read. */
export function withHistory(series: RunSeries, history: RunMetrics): RunSeries {
  // Another tracker's metric may be called like something that every object has.
  const loaded: Record<string, Point[]> = Object.create(null);
  let firstSteps = series.firstSteps;
  let loadedTo = 0;
  for (const { name, points } of history.series) {
    loaded[name] = points.map(pointOf);
    for (const { step, attempt } of loaded[name]) {
      firstSteps = withFirstStep(firstSteps, attempt, step);
      loadedTo = Math.max(loadedTo, step);
    }
  }
  const known = attempts(history);
  const newer = Object.entries(firstSteps).filter(([attempt]) => Number(attempt) > known);
  loadedTo = Math.min(loadedTo, ...newer.map(([, first]) => first - 1));
  for (const [name, points] of Object.entries(series.metrics)) {
    const since = points.filter((point) => point.step > loadedTo);
    loaded[name] = since.reduce<Point[]>(
      (all, point) => [...withPoint(all, point)],
      loaded[name] ?? [],
    );
  }
  return {
    firstSteps,
    loadedTo,
    metrics: visible(loaded, firstSteps),
    progress: history.progress.map(([step, tokens, seconds]) => ({ step, tokens, seconds })),
    // Points of several steps each are never fewer than half of what was asked for.
    coarse: history.series.some(({ points }) => points.length >= MOST_POINTS / 2),
    isRead: true,
  };
}

/** The curves with finer points of a stretch in place of those that the history has there. */
export function withStretch(
  metrics: RunSeries["metrics"],
  finer: RunMetrics,
  [from, to]: [from: number, to: number],
): RunSeries["metrics"] {
  const stretch = new Map(finer.series.map(({ name, points }) => [name, points.map(pointOf)]));
  return Object.fromEntries(
    Object.entries(metrics).map(([name, points]) => {
      const found = stretch.get(name);
      const before = points.filter(({ step }) => step < from);
      const after = points.filter(({ step }) => step > to);
      return [name, found ? [...before, ...found, ...after] : points];
    }),
  );
}

/** How much was done up to every known step: what the history says, and what came since. */
export function progressOf({ progress, loadedTo, metrics }: RunSeries): Progress[] {
  const done = progress.filter(({ step }) => step <= loadedTo);
  const since = new Map<number, Progress>();
  for (const [unit, name] of [
    ["tokens", "tokens"],
    ["seconds", "step_seconds"],
  ] as const) {
    for (const { step, value } of metrics[name] ?? []) {
      if (step > loadedTo) {
        const made = since.get(step) ?? { step, tokens: 0, seconds: 0 };
        since.set(step, { ...made, [unit]: value });
      }
    }
  }
  for (const made of [...since.values()].sort((a, b) => a.step - b.step)) {
    const { tokens, seconds } = done.at(-1) ?? { tokens: 0, seconds: 0 };
    done.push({
      step: made.step,
      tokens: tokens + made.tokens,
      seconds: seconds + made.seconds,
    });
  }
  return done;
}

function pointOf([step, value, low, high, attempt]: RunMetrics["series"][0]["points"][0]): Point {
  return { step, value, low, high, attempt };
}

function attempts(history: RunMetrics): number {
  return history.series.reduce(
    (newest, { points }) => Math.max(newest, points.at(-1)?.[4] ?? 0),
    0,
  );
}

function withFirstStep(firstSteps: RunSeries["firstSteps"], attempt: number, step: number) {
  const known = firstSteps[attempt];
  return known !== undefined && known <= step ? firstSteps : { ...firstSteps, [attempt]: step };
}

function visible(metrics: RunSeries["metrics"], firstSteps: RunSeries["firstSteps"]) {
  return Object.fromEntries(
    Object.entries(metrics).map(([name, points]) => [
      name,
      points.filter((point) => !isReplaced(point, firstSteps)),
    ]),
  );
}

function isReplaced(point: Pick<Point, "step" | "attempt">, firstSteps: RunSeries["firstSteps"]) {
  return Object.entries(firstSteps).some(
    ([attempt, first]) => Number(attempt) > point.attempt && first <= point.step,
  );
}

/** Points in the order of their steps, each step once; of two attempts the later one counts. */
function withPoint(points: readonly Point[], point: Point): readonly Point[] {
  const last = points.at(-1);
  if (!last || last.step < point.step) {
    return [...points, point];
  }
  const place = points.findIndex(({ step }) => step >= point.step);
  const there = points[place];
  if (there?.step !== point.step) {
    return points.toSpliced(place, 0, point);
  }
  return there.attempt >= point.attempt ? points : points.with(place, point);
}
