import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { useFrames, useStreamOpen } from "@/api/live";
import { metricsHistory } from "@/api/runs";
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

/**
 * The curves with what the server knows of a stretch of them in place of the coarse points there.
 *
 * Asked only where the history had to put several steps into one point.
 */
export function useFinerSeries(
  runId: string,
  series: RunSeries,
  stretch: [from: number, to: number] | undefined,
): { metrics: RunSeries["metrics"]; isFetching: boolean } {
  const query = useQuery(
    queryOptions({
      queryKey: [...seriesKey(runId), "stretch", ...(stretch ?? [])],
      queryFn: () => metricsHistory(runId, stretch),
      enabled: stretch !== undefined && series.coarse,
      staleTime: Number.POSITIVE_INFINITY,
    }),
  );
  const finer = stretch && query.data;
  const metrics = useMemo(
    () => (finer && stretch ? withStretch(series.metrics, finer, stretch) : series.metrics),
    [series.metrics, finer, stretch],
  );
  return { metrics, isFetching: query.isFetching };
}
