import { queryOptions } from "@tanstack/react-query";
import { body, client } from "./client";
import type { NewQuota } from "./schema";

/** The fleet changes by itself, and nobody streams it: it is asked for again while it is in sight. */
const AGAIN = 5_000;

export type UsageBy = "project" | "person" | "run";

export const queuesQuery = queryOptions({
  queryKey: ["fleet", "queues"],
  queryFn: () => body(client.GET("/api/v1/queues")),
  select: ({ data }) => data,
  refetchInterval: AGAIN,
});

export const workersQuery = queryOptions({
  queryKey: ["fleet", "workers"],
  queryFn: () => body(client.GET("/api/v1/workers")),
  select: ({ data }) => data,
  refetchInterval: AGAIN,
});

export const quotasQuery = queryOptions({
  queryKey: ["fleet", "quotas"],
  queryFn: () => body(client.GET("/api/v1/quotas")),
  select: ({ data }) => data,
  refetchInterval: AGAIN,
});

export function usageQuery(by: UsageBy, days: number) {
  return queryOptions({
    queryKey: ["fleet", "usage", by, days],
    queryFn: () => body(client.GET("/api/v1/usage", { params: { query: { by, days } } })),
    select: ({ data }) => data,
  });
}

export const orderWorker = (worker_id: string, verb: "drain" | "resume") =>
  body(
    verb === "drain"
      ? client.POST("/api/v1/workers/{worker_id}/drain", { params: { path: { worker_id } } })
      : client.POST("/api/v1/workers/{worker_id}/resume", { params: { path: { worker_id } } }),
  );

export const setQuota = (project_id: string, quota: NewQuota) =>
  body(
    client.PUT("/api/v1/projects/{project_id}/quota", {
      params: { path: { project_id } },
      body: quota,
    }),
  );
