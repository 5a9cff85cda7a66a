import { queryOptions } from "@tanstack/react-query";
import { body, client } from "./client";

export const datasetsQuery = queryOptions({
  queryKey: ["datasets"],
  queryFn: () => body(client.GET("/api/v1/datasets", { params: { query: { limit: 200 } } })),
});

export const modelsQuery = queryOptions({
  queryKey: ["models"],
  queryFn: () => body(client.GET("/api/v1/models", { params: { query: { limit: 200 } } })),
});

export function datasetQuery(datasetId: string) {
  return queryOptions({
    queryKey: ["datasets", datasetId],
    queryFn: () =>
      body(
        client.GET("/api/v1/datasets/{dataset_id}", {
          params: { path: { dataset_id: datasetId } },
        }),
      ),
  });
}

/** The first rows; they stay as they were when the data set was registered. */
export function previewQuery(datasetId: string) {
  return queryOptions({
    queryKey: ["datasets", datasetId, "preview"],
    queryFn: () =>
      body(
        client.GET("/api/v1/datasets/{dataset_id}/preview", {
          params: { path: { dataset_id: datasetId } },
        }),
      ),
    select: ({ data }) => data,
    staleTime: Number.POSITIVE_INFINITY,
  });
}
