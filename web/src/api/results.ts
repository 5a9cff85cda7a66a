import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { body, client } from "./client";

/** Results of all pipelines; arms are compared with `baseline`, or with their parents. */
export function resultsQuery(baseline?: string) {
  return queryOptions({
    queryKey: ["results", "all", baseline],
    queryFn: () => body(client.GET("/api/v1/results", { params: { query: { baseline } } })),
    refetchInterval: 15_000,
    placeholderData: keepPreviousData,
  });
}

export function pipelineResultsQuery(pipelineId: string, baseline?: string) {
  return queryOptions({
    queryKey: ["results", pipelineId, baseline],
    queryFn: () =>
      body(
        client.GET("/api/v1/pipelines/{pipeline_id}/results", {
          params: { path: { pipeline_id: pipelineId }, query: { baseline } },
        }),
      ),
    placeholderData: keepPreviousData,
  });
}
