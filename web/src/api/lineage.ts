import { queryOptions } from "@tanstack/react-query";
import { body, client } from "./client";

/** All that a run goes back to, and all that came of it. */
export function lineageQuery(runId: string) {
  return queryOptions({
    queryKey: ["runs", runId, "lineage"],
    queryFn: () =>
      body(client.GET("/api/v1/runs/{run_id}/lineage", { params: { path: { run_id: runId } } })),
  });
}

/** The settings in which another run differs from this one. */
export function differenceQuery(runId: string, other: string | undefined) {
  return queryOptions({
    queryKey: ["runs", runId, "diff", other],
    queryFn: () =>
      body(
        client.GET("/api/v1/runs/{run_id}/diff", {
          params: { path: { run_id: runId }, query: { other: other ?? "" } },
        }),
      ),
    enabled: other !== undefined,
  });
}
