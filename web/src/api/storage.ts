import { queryOptions } from "@tanstack/react-query";
import { body, client } from "./client";

/** The server's disk fills up over hours, so a look now and then is enough. */
export const diskQuery = queryOptions({
  queryKey: ["storage", "disk"],
  queryFn: () => body(client.GET("/api/v1/storage/disk")),
  refetchInterval: 60_000,
  staleTime: 60_000,
});

/** What a project has in the artifact store, and may have. */
export function storageQuery(projectId: string) {
  return queryOptions({
    queryKey: ["storage", "project", projectId],
    queryFn: () =>
      body(
        client.GET("/api/v1/projects/{project_id}/storage", {
          params: { path: { project_id: projectId } },
        }),
      ),
  });
}

/** Say how many bytes a project may have; null is no limit. */
export function setStorageQuota(projectId: string, bytes: number | null) {
  return body(
    client.PUT("/api/v1/projects/{project_id}/storage-quota", {
      params: { path: { project_id: projectId } },
      body: { max_artifact_bytes: bytes },
    }),
  );
}
