import { queryOptions } from "@tanstack/react-query";
import { body, client } from "./client";

export const resultsQuery = queryOptions({
  queryKey: ["results"],
  queryFn: () => body(client.GET("/api/v1/results")),
  refetchInterval: 15_000,
});

export function pipelineResultsQuery(pipelineId: string) {
  return queryOptions({
    queryKey: ["results", pipelineId],
    queryFn: () =>
      body(
        client.GET("/api/v1/pipelines/{pipeline_id}/results", {
          params: { path: { pipeline_id: pipelineId } },
        }),
      ),
  });
}
