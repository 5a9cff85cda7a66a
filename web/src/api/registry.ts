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
