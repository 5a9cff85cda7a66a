import { queryOptions } from "@tanstack/react-query";
import { body, client } from "./client";

/** What a run was carried out with: the newest attempt that told, or one by its number. */
export function environmentQuery(runId: string, attempt?: number) {
  return queryOptions({
    queryKey: ["runs", runId, "environment", attempt],
    queryFn: () =>
      body(
        client.GET("/api/v1/runs/{run_id}/environment", {
          params: { path: { run_id: runId }, query: { attempt } },
        }),
      ),
    // A later attempt may tell of another one; what one has told stays as it is.
    staleTime: attempt === undefined ? 15_000 : Number.POSITIVE_INFINITY,
  });
}

/** In what its code differs from the commit. */
export function patchesQuery(runId: string, attempt: number) {
  return queryOptions({
    queryKey: ["runs", runId, "environment", attempt, "patches"],
    queryFn: () =>
      body(
        client.GET("/api/v1/runs/{run_id}/environment/patches", {
          params: { path: { run_id: runId }, query: { attempt } },
        }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });
}
