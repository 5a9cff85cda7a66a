import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useRef, useState } from "react";
import { useFrames, useStreamOpen } from "@/api/live";
import { MOST_POINTS, metricsHistory, stretchQuery } from "@/api/runs";
import { NO_SERIES, type RunSeries, withFrame, withHistory, withStretch } from "./series";

function seriesKey(runId: string) {
  return ["runs", runId, "metrics"] as const;
}

/** A curve of more points is read anew, so that a page that stays open for days does not grow. */
const MOST_KEPT = 1.25 * MOST_POINTS;

function isLong({ metrics }: RunSeries): boolean {
  return Object.values(metrics).some(({ length }) => length > MOST_KEPT);
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
    const queryKey = seriesKey(frame.run_id);
    const grown = queryClient.setQueryData<RunSeries>(queryKey, (known) =>
      withFrame(known ?? NO_SERIES, frame),
    );
    if (grown && isLong(grown)) {
      void queryClient.invalidateQueries({ queryKey, exact: true }, { cancelRefetch: false });
      // Of a run that nobody looks at the history is read once somebody does.
      queryClient.removeQueries({ queryKey, exact: true, type: "inactive" });
    }
  });
  useStreamOpen(() => void queryClient.invalidateQueries({ queryKey: key }));
  return query;
}

/** A stretch of a run that somebody looks at, and the curves that were in sight then. */
export interface Look {
  stretch: [from: number, to: number];
  inSight: readonly string[];
}

/** The way to look at a stretch of a run, or at all of it again. */
export function useLook(runId: string, { coarse }: RunSeries) {
  const queryClient = useQueryClient();
  const inSight = useRef(new Map<string, readonly string[]>());
  const [look, setLook] = useState<Look>();
  const onSight = useCallback((id: string, names: readonly string[]) => {
    inSight.current.set(id, names);
  }, []);
  const onZoom = useCallback(
    (stretch: Look["stretch"] | undefined) => {
      const seen = [...new Set([...inSight.current.values()].flat())].sort();
      if (stretch && coarse) {
        // Asked before anything is drawn, so that the server answers meanwhile.
        void queryClient.prefetchQuery(stretchQuery(runId, stretch, seen));
      }
      setLook(stretch && { stretch, inSight: seen });
    },
    [queryClient, runId, coarse],
  );
  return { look, onZoom, onSight };
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
  const { stretch, inSight } = look ?? NOWHERE;
  const isWanted = look !== undefined && series.coarse;
  const seen = useQuery({ ...stretchQuery(runId, stretch, inSight), enabled: isWanted });
  const unseen = Object.keys(series.metrics).filter((name) => !inSight.includes(name));
  const rest = useQuery({
    ...stretchQuery(runId, stretch, unseen.sort()),
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

const NOWHERE: Look = { stretch: [0, 0], inSight: [] };
