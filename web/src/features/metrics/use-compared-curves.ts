import { keepPreviousData, useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { comparedCurvesQuery } from "@/api/runs";
import type { RunMetrics, RunSnapshot } from "@/api/schema";
import type { RunGroup } from "@/components/compared-run";
import { isFinal } from "@/components/run-state";
import type { Zoom } from "./chart";
import { NO_SERIES, type RunSeries, withHistory } from "./series";
import { type Axis, stepAt } from "./x-axis";

/** What is drawn of a run among others. */
export type ComparedCurves = Pick<RunSeries, "metrics" | "progress">;

/** By the id of a run. */
export type Curves = Record<string, ComparedCurves>;

const NO_CURVES: Curves = {};

/** The curves of every run; read again while it runs, and finer of a stretch of the axis. */
export function useComparedCurves(
  groups: readonly RunGroup[],
  axis: Axis,
  zoom: Zoom | undefined,
): Curves | undefined {
  const runs = groups.flatMap(({ members }) => members.map(({ run }) => run));
  const whole = useQueries({
    queries: runs.map((run) => historyQuery(run)),
    combine: (found) => together(runs, found),
  });
  const finer = useQueries({
    queries:
      zoom && whole ? runs.map((run) => historyQuery(run, stretch(whole, run, axis, zoom))) : [],
    combine: (found) => together(runs, found) ?? NO_CURVES,
  });
  return useMemo(() => whole && finer && withFiner(whole, finer), [whole, finer]);
}

/** Only the whole of a run says how much was done up to each step. */
function withFiner(whole: Curves, finer: Curves): Curves {
  return Object.fromEntries(
    Object.entries(whole).map(([id, { metrics, progress }]) => [
      id,
      { metrics: finer[id]?.metrics ?? metrics, progress },
    ]),
  );
}

function historyQuery(run: RunSnapshot, range?: Zoom) {
  return {
    ...comparedCurvesQuery(run.id, range),
    refetchInterval: isFinal(run.state) ? (false as const) : 5_000,
    placeholderData: keepPreviousData,
  };
}

/** The steps of a run that lie in a stretch of the axis. */
function stretch(curves: Curves, run: RunSnapshot, axis: Axis, [from, to]: Zoom): Zoom {
  const progress = curves[run.id]?.progress ?? [];
  return [Math.floor(stepAt(axis, progress, from)), Math.ceil(stepAt(axis, progress, to))];
}

function together(
  runs: readonly { id: string }[],
  found: readonly { data?: RunMetrics }[],
): Curves | undefined {
  if (found.length < runs.length || found.some(({ data }) => data === undefined)) {
    return undefined;
  }
  return Object.fromEntries(
    found.map(({ data }, place) => [runs[place]?.id ?? "", data ? seriesOf(data) : NO_SERIES]),
  );
}

const KNOWN = new WeakMap<RunMetrics, RunSeries>();

/** An answer's curves, read once however often they are asked for. */
function seriesOf(history: RunMetrics): RunSeries {
  const series = KNOWN.get(history) ?? withHistory(NO_SERIES, history);
  KNOWN.set(history, series);
  return series;
}
