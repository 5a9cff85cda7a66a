import { queryOptions } from "@tanstack/react-query";
import { body, client } from "./client";
import type { PipelineLabels, RunLabels } from "./schema";

/** The tags in use, the most used first. */
export const tagsQuery = queryOptions({
  queryKey: ["tags"],
  queryFn: () => body(client.GET("/api/v1/tags")),
  select: ({ data }) => data.map(({ tag }) => tag),
  staleTime: 30_000,
});

export const labelRun = (runId: string, labels: RunLabels) =>
  body(
    client.PATCH("/api/v1/runs/{run_id}", { params: { path: { run_id: runId } }, body: labels }),
  );

export const labelPipeline = (pipelineId: string, labels: PipelineLabels) =>
  body(
    client.PATCH("/api/v1/pipelines/{pipeline_id}", {
      params: { path: { pipeline_id: pipelineId } },
      body: labels,
    }),
  );
