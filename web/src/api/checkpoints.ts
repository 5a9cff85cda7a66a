import { body, client } from "./client";
import { prefix } from "./prefix";

/** Where a browser downloads a checkpoint's files as a tar archive. */
export function archiveAddress(checkpointId: string): string {
  return `${prefix}/api/v1/checkpoints/${encodeURIComponent(checkpointId)}/archive`;
}

/** Give a checkpoint a name in its project; whichever had it before loses it. */
export function promoteCheckpoint(projectId: string, name: string, checkpointId: string) {
  return body(
    client.PUT("/api/v1/projects/{project_id}/checkpoints/{checkpoint_name}", {
      params: { path: { project_id: projectId, checkpoint_name: name } },
      body: { checkpoint_id: checkpointId },
    }),
  );
}

export function demoteCheckpoint(projectId: string, name: string) {
  return body(
    client.DELETE("/api/v1/projects/{project_id}/checkpoints/{checkpoint_name}", {
      params: { path: { project_id: projectId, checkpoint_name: name } },
    }),
  );
}
