import { queryOptions } from "@tanstack/react-query";
import { body, client } from "./client";
import type { Retention } from "./schema";

/** What can be deleted as a whole. */
export type Deletable = { kind: "run" | "pipeline"; id: string };

/** What a deletion would free, and why it would be refused. */
export function deletionQuery({ kind, id }: Deletable) {
  return queryOptions({
    queryKey: ["deletion", kind, id],
    queryFn: () =>
      kind === "run"
        ? body(client.GET("/api/v1/runs/{run_id}/deletion", { params: { path: { run_id: id } } }))
        : body(
            client.GET("/api/v1/pipelines/{pipeline_id}/deletion", {
              params: { path: { pipeline_id: id } },
            }),
          ),
    staleTime: 0,
    gcTime: 0,
  });
}

/** Which of some runs can be deleted, in which order, and what that would free. */
export function chosenDeletionQuery(runIds: readonly string[]) {
  return queryOptions({
    queryKey: ["deletion", "runs", ...runIds],
    queryFn: () =>
      body(client.POST("/api/v1/runs:preview-deletion", { body: { runs: [...runIds] } })),
    staleTime: 0,
    gcTime: 0,
  });
}

export function deleteForGood({ kind, id }: Deletable) {
  return kind === "run"
    ? body(client.DELETE("/api/v1/runs/{run_id}", { params: { path: { run_id: id } } }))
    : body(
        client.DELETE("/api/v1/pipelines/{pipeline_id}", {
          params: { path: { pipeline_id: id } },
        }),
      );
}

export function deleteCheckpoint(checkpointId: string) {
  return body(
    client.DELETE("/api/v1/checkpoints/{checkpoint_id}", {
      params: { path: { checkpoint_id: checkpointId } },
    }),
  );
}

export function retentionQuery(projectId: string) {
  return queryOptions({
    queryKey: ["projects", projectId, "retention"],
    queryFn: () =>
      body(
        client.GET("/api/v1/projects/{project_id}/retention", {
          params: { path: { project_id: projectId } },
        }),
      ),
  });
}

export function setRetention(projectId: string, policy: Retention) {
  return body(
    client.PUT("/api/v1/projects/{project_id}/retention", {
      params: { path: { project_id: projectId } },
      body: policy,
    }),
  );
}

/** What a policy would remove at this moment; nothing is removed. */
export function previewRetention(projectId: string, policy: Retention) {
  return body(
    client.POST("/api/v1/projects/{project_id}/retention:preview", {
      params: { path: { project_id: projectId } },
      body: policy,
    }),
  );
}
