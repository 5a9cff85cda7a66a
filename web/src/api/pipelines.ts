import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { body, client } from "./client";
import type { ForkedFrom } from "./schema";

export function pipelineQuery(pipelineId: string) {
  return queryOptions({
    queryKey: ["pipelines", pipelineId],
    queryFn: () =>
      body(
        client.GET("/api/v1/pipelines/{pipeline_id}", {
          params: { path: { pipeline_id: pipelineId } },
        }),
      ),
    // A waiting run moves up when others start, which changes nothing of its own to be told of.
    refetchInterval: ({ state }) =>
      state.data?.runs.some((run) => run.state === "queued") ? 10_000 : false,
  });
}

/** So many runs the server is asked about at once. */
const ASKED_AT_ONCE = 24;

/** The pipelines of several runs, each with its runs. */
export function comparedPipelinesQueries(runs: readonly string[]) {
  return Array.from({ length: Math.ceil(runs.length / ASKED_AT_ONCE) }, (_, part) => {
    const asked = runs.slice(ASKED_AT_ONCE * part, ASKED_AT_ONCE * (part + 1)).join(",");
    return queryOptions({
      queryKey: ["pipelines", "compared", asked],
      queryFn: () =>
        body(client.GET("/api/v1/compared-pipelines", { params: { query: { runs: asked } } })),
      // A run that is taken out leaves the others in sight.
      placeholderData: keepPreviousData,
    });
  });
}

/** The newest pipelines. A list is not streamed; it is looked at again every few seconds. */
export const recentPipelinesQuery = queryOptions({
  queryKey: ["pipelines", "recent"],
  queryFn: () => body(client.GET("/api/v1/pipelines", { params: { query: { limit: 20 } } })),
  refetchInterval: 4_000,
});

/** Launched pipelines: those in sight, or those that were archived. */
export function pipelinesQuery(archived: boolean) {
  return infiniteQueryOptions({
    queryKey: ["pipelines", "list", archived],
    queryFn: ({ pageParam }) =>
      body(
        client.GET("/api/v1/pipelines", {
          params: { query: { limit: 50, after: pageParam, archived } },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: 5_000,
  });
}

/** The recipe that a fork of a run or of a pipeline begins with. */
export function forkDraftQuery(origin: ForkedFrom) {
  return queryOptions({
    queryKey: ["fork", origin.run_id, origin.pipeline_id],
    queryFn: () =>
      origin.run_id
        ? body(
            client.GET("/api/v1/runs/{run_id}/fork", {
              params: { path: { run_id: origin.run_id } },
            }),
          )
        : body(
            client.GET("/api/v1/pipelines/{pipeline_id}/fork", {
              params: { path: { pipeline_id: origin.pipeline_id ?? "" } },
            }),
          ),
    staleTime: 0,
  });
}

/** Launch a pipeline again as it was. */
export function clonePipeline(pipelineId: string, idempotencyKey: string) {
  return body(
    client.POST("/api/v1/pipelines/{pipeline_id}/clone", {
      params: { path: { pipeline_id: pipelineId } },
      headers: { "Idempotency-Key": idempotencyKey },
    }),
  );
}

/** A recipe as YAML text, and what it repeats with changes. */
export interface Written {
  text: string;
  forkedFrom: ForkedFrom | undefined;
}

/** Check a recipe without launching it. */
export function validateRecipe({ text, forkedFrom }: Written, signal?: AbortSignal) {
  return body(
    client.POST("/api/v1/pipelines:validate", {
      body: { recipe: text, forked_from: forkedFrom },
      signal,
    }),
  );
}

/** The key makes a second click, or a second try after silence, harmless. */
export function launchPipeline({ text, forkedFrom }: Written, idempotencyKey: string) {
  return body(
    client.POST("/api/v1/pipelines", {
      body: { recipe: text, forked_from: forkedFrom },
      headers: { "Idempotency-Key": idempotencyKey },
    }),
  );
}

export type PipelineVerb = "cancel" | "archive" | "unarchive";

export function orderPipeline(pipelineId: string, verb: PipelineVerb) {
  const target = { params: { path: { pipeline_id: pipelineId } } };
  switch (verb) {
    case "cancel":
      return body(client.POST("/api/v1/pipelines/{pipeline_id}/cancel", target));
    case "archive":
      return body(client.POST("/api/v1/pipelines/{pipeline_id}/archive", target));
    case "unarchive":
      return body(client.POST("/api/v1/pipelines/{pipeline_id}/unarchive", target));
  }
}
