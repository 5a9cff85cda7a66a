import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { body, client } from "./client";

/** Scores of several runs, each against the baseline's. */
export function comparisonQuery(runs: readonly string[], baseline: string | undefined) {
  return queryOptions({
    queryKey: ["results", "comparison", ...runs, baseline],
    queryFn: () =>
      body(
        client.GET("/api/v1/comparison", {
          params: { query: { runs: runs.join(","), baseline } },
        }),
      ),
    refetchInterval: 15_000,
    placeholderData: keepPreviousData,
  });
}

/** Items that several runs have samples of, and what each said to one of them. */
export function sharedSamplesQuery(runs: readonly string[], item: string | undefined) {
  return queryOptions({
    queryKey: ["shared-samples", ...runs, item],
    queryFn: () =>
      body(
        client.GET("/api/v1/shared-samples", { params: { query: { runs: runs.join(","), item } } }),
      ),
  });
}

/** How many caption items and reasoning steps a run's samples have. */
export function structureQuery(runId: string) {
  return queryOptions({
    queryKey: ["runs", runId, "structure"],
    queryFn: () =>
      body(client.GET("/api/v1/runs/{run_id}/structure", { params: { path: { run_id: runId } } })),
    staleTime: 30_000,
  });
}
