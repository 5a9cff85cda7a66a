import { queryOptions } from "@tanstack/react-query";
import { body, client } from "./client";
import type { PanelBoard } from "./schema";

/** The charts that whoever is signed in has put together for a project's runs. */
export function panelsQuery(projectId: string) {
  return queryOptions({
    queryKey: ["panels", projectId],
    queryFn: () =>
      body(
        client.GET("/api/v1/projects/{project_id}/panels", {
          params: { path: { project_id: projectId } },
        }),
      ),
    staleTime: 60_000,
  });
}

export function replacePanels(projectId: string, board: PanelBoard) {
  return body(
    client.PUT("/api/v1/projects/{project_id}/panels", {
      params: { path: { project_id: projectId } },
      body: board,
    }),
  );
}
