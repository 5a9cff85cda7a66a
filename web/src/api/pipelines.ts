import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { body, client } from "./client";

export function pipelineQuery(pipelineId: string) {
  return queryOptions({
    queryKey: ["pipelines", pipelineId],
    queryFn: () =>
      body(
        client.GET("/api/v1/pipelines/{pipeline_id}", {
          params: { path: { pipeline_id: pipelineId } },
        }),
      ),
  });
}

/** The newest pipelines. A list is not streamed; it is looked at again every few seconds. */
export const recentPipelinesQuery = queryOptions({
  queryKey: ["pipelines", "recent"],
  queryFn: () => body(client.GET("/api/v1/pipelines", { params: { query: { limit: 20 } } })),
  refetchInterval: 4_000,
});

export const pipelinesQuery = infiniteQueryOptions({
  queryKey: ["pipelines", "list"],
  queryFn: ({ pageParam }) =>
    body(client.GET("/api/v1/pipelines", { params: { query: { limit: 50, after: pageParam } } })),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.next_cursor ?? undefined,
  refetchInterval: 5_000,
});

/** Check a recipe, as YAML text or as an object, without launching it. */
export function validateRecipe(recipe: string, signal?: AbortSignal) {
  return body(client.POST("/api/v1/pipelines:validate", { body: { recipe }, signal }));
}

/** The key makes a second click, or a second try after silence, harmless. */
export function launchPipeline(recipe: string, idempotencyKey: string) {
  return body(
    client.POST("/api/v1/pipelines", {
      body: { recipe },
      headers: { "Idempotency-Key": idempotencyKey },
    }),
  );
}

export function cancelPipeline(pipelineId: string) {
  return body(
    client.POST("/api/v1/pipelines/{pipeline_id}/cancel", {
      params: { path: { pipeline_id: pipelineId } },
    }),
  );
}
