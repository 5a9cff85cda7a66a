import { queryOptions } from "@tanstack/react-query";
import { body, client } from "./client";
import type { NewView } from "./schema";

/** Saved views of the list of runs, in all projects. */
export const viewsQuery = queryOptions({
  queryKey: ["views"],
  queryFn: () => body(client.GET("/api/v1/views")),
  select: ({ data }) => data,
});

export const createView = (projectId: string, view: NewView) =>
  body(
    client.POST("/api/v1/projects/{project_id}/views", {
      params: { path: { project_id: projectId } },
      body: view,
    }),
  );

export const replaceView = (projectId: string, viewId: string, view: NewView) =>
  body(
    client.PUT("/api/v1/projects/{project_id}/views/{view_id}", {
      params: { path: { project_id: projectId, view_id: viewId } },
      body: view,
    }),
  );

export const deleteView = (projectId: string, viewId: string) =>
  body(
    client.DELETE("/api/v1/projects/{project_id}/views/{view_id}", {
      params: { path: { project_id: projectId, view_id: viewId } },
    }),
  );
