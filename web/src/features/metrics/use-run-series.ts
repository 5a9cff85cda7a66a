import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useRef, useState } from "react";
import { useFrames, useStreamOpen } from "@/api/live";
import { MOST_POINTS, metricsHistory, STRETCH_POINTS, stretchQuery } from "@/api/runs";
import { NO_SERIES, type RunSeries, withFrame, withHistory, withStretch } from "./series";

function seriesKey(runId: string) {
  return ["runs", runId, "metrics"] as const;
}

/**
 * The curves of a run, as they grow.
 *
 * The history is read at once, and again whenever the stream connects, so that nothing said before
 * the connection stood is missed; both ways lead through one reducer that knows every step.
 */
export function useRunSeries(runId: string) {
  const queryClient = useQueryClient();
  const key = seriesKey(runId);
  const query = useQuery(
    queryOptions({
      queryKey: key,
      queryFn: async () => {
        const history = await metricsHistory(runId);
        return withHistory(queryClient.getQueryData<RunSeries>(key) ?? NO_SERIES, history);
      },
      staleTime: Number.POSITIVE_INFINITY,
      structuralSharing: false,
    }),
  );
  useFrames("metrics", (frame) => {
    queryClient.setQueryData<RunSeries>(seriesKey(frame.run_id), (known) =>
      withFrame(known ?? NO_SERIES, frame),
    );
  });
  useStreamOpen(() => void queryClient.invalidateQueries({ queryKey: key }));
  return query;
}

/** A stretch of a run that somebody looks at, and the curves that were in sight then. */
export interface Look {
  stretch: [from: number, to: number];
  inSight: readonly string[];
  /** In how many points each curve is asked for. */
  points: number;
}

/** The way to look at a stretch of a run, or at all of it again. */
export function useLook(runId: string, { coarse, loadedTo }: RunSeries) {
  const queryClient = useQueryClient();
  const inSight = useRef(new Map<string, readonly string[]>());
  const [look, setLook] = useState<Look>();
  const onSight = useCallback((id: string, names: readonly string[]) => {
    inSight.current.set(id, names);
  }, []);
  const onZoom = useCallback(
    (stretch: Look["stretch"] | undefined) => {
      const seen = [...new Set([...inSight.current.values()].flat())].sort();
      const points = stretch && isNarrow(stretch, loadedTo) ? STRETCH_POINTS : MOST_POINTS;
      if (stretch && coarse) {
        // Asked before anything is drawn, so that the server answers meanwhile.
        void queryClient.prefetchQuery(stretchQuery(runId, stretch, seen, points));
      }
      setLook(stretch && { stretch, inSight: seen, points });
    },
    [queryClient, runId, coarse, loadedTo],
  );
  return { look, onZoom, onSight };
}

/** Whether fewer points show more of a stretch than the history does. */
function isNarrow([from, to]: Look["stretch"], last: number): boolean {
  return to - from <= last / 2;
}

/**
 * The curves with what the server knows of a stretch of them in place of the coarse points there.
 *
 * Asked only where the history had to put several steps into one point; first for the curves that
 * somebody sees, then for all others.
 */
export function useFinerSeries(
  runId: string,
  series: RunSeries,
  look: Look | undefined,
): { metrics: RunSeries["metrics"]; isFetching: boolean } {
  const { stretch, inSight, points } = look ?? NOWHERE;
  const isWanted = look !== undefined && series.coarse;
  const seen = useQuery({ ...stretchQuery(runId, stretch, inSight, points), enabled: isWanted });
  const unseen = Object.keys(series.metrics).filter((name) => !inSight.includes(name));
  const rest = useQuery({
    ...stretchQuery(runId, stretch, unseen.sort(), points),
    enabled: isWanted && seen.isSuccess && inSight.length > 0 && unseen.length > 0,
  });
  const metrics = useMemo(
    () =>
      [seen.data, rest.data].reduce(
        (known, finer) => (finer && isWanted ? withStretch(known, finer, stretch) : known),
        series.metrics,
      ),
    [series.metrics, seen.data, rest.data, isWanted, stretch],
  );
  return { metrics, isFetching: seen.isFetching || rest.isFetching };
}

const NOWHERE: Look = { stretch: [0, 0], inSight: [], points: STRETCH_POINTS };
