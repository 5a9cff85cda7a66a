import { queryOptions } from "@tanstack/react-query";
import { body, client } from "./client";
import type { RunSnapshot } from "./schema";

/** Upload an image to ask about. What is kept, and shown to a policy, is a PNG of the server's. */
export function uploadImage(projectId: string, file: File) {
  return body(
    client.POST("/api/v1/projects/{project_id}/images", {
      params: { path: { project_id: projectId } },
      // The schema says of any file that it is a string.
      body: file as unknown as string,
      bodySerializer: (content) => content,
      headers: { "Content-Type": "application/octet-stream" },
    }),
  );
}

/** Launch the runs of a question. The key makes a second click harmless. */
export function launchQuestion(
  recipe: Record<string, unknown>,
  projectId: string,
  idempotencyKey: string,
) {
  return body(
    client.POST("/api/v1/pipelines", {
      body: { recipe, project_id: projectId },
      headers: { "Idempotency-Key": idempotencyKey },
    }),
  );
}

export function checkpointQuery(checkpointId: string) {
  return queryOptions({
    queryKey: ["checkpoints", checkpointId],
    queryFn: () =>
      body(
        client.GET("/api/v1/checkpoints/{checkpoint_id}", {
          params: { path: { checkpoint_id: checkpointId } },
        }),
      ),
  });
}

/** Checkpoints that were given a name in a project. */
export function namedCheckpointsQuery(projectId: string) {
  return queryOptions({
    queryKey: ["checkpoints", "named", projectId],
    queryFn: () =>
      body(
        client.GET("/api/v1/projects/{project_id}/checkpoints", {
          params: { path: { project_id: projectId } },
        }),
      ),
    select: ({ data }) => data,
  });
}

/** Runs in which a checkpoint, or any of them, answered a question, the newest first. */
export function questionsQuery(checkpointId: string | undefined) {
  const whose = checkpointId ? ` and config.policy.checkpoint = ${checkpointId}` : "";
  const filter = `kind = ask${whose}`;
  return queryOptions({
    queryKey: ["runs", "page", "questions", checkpointId],
    queryFn: () =>
      body(client.GET("/api/v1/runs", { params: { query: { filter, limit: 20, metrics: "" } } })),
    select: ({ data }) => data,
  });
}

/** What a policy answered; asked again when the run's state is another. */
export function answersQuery(run: RunSnapshot) {
  return queryOptions({
    queryKey: ["runs", run.id, "samples", "answers", run.state],
    queryFn: () =>
      body(
        client.GET("/api/v1/runs/{run_id}/samples", {
          params: { path: { run_id: run.id }, query: { limit: 1 } },
        }),
      ),
    select: ({ data }) => data[0]?.sample,
    enabled: run.started_at !== null,
  });
}
