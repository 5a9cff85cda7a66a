import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { body, client } from "./client";
import type { NewWebhook } from "./schema";

export function webhooksQuery(projectId: string) {
  return queryOptions({
    queryKey: ["webhooks", projectId],
    queryFn: () =>
      body(
        client.GET("/api/v1/projects/{project_id}/webhooks", {
          params: { path: { project_id: projectId } },
        }),
      ),
  });
}

/** What was or will be posted to a webhook, newest first. */
export function deliveriesQuery(projectId: string, webhookId: string) {
  return infiniteQueryOptions({
    queryKey: ["webhooks", projectId, webhookId, "deliveries"],
    queryFn: ({ pageParam }) =>
      body(
        client.GET("/api/v1/projects/{project_id}/webhooks/{webhook_id}/deliveries", {
          params: {
            path: { project_id: projectId, webhook_id: webhookId },
            query: { limit: 20, after: pageParam },
          },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: 3_000,
  });
}

export const createWebhook = (projectId: string, webhook: NewWebhook) =>
  body(
    client.POST("/api/v1/projects/{project_id}/webhooks", {
      params: { path: { project_id: projectId } },
      body: webhook,
    }),
  );

export const deleteWebhook = (projectId: string, webhookId: string) =>
  body(
    client.DELETE("/api/v1/projects/{project_id}/webhooks/{webhook_id}", {
      params: { path: { project_id: projectId, webhook_id: webhookId } },
    }),
  );

export const pingWebhook = (projectId: string, webhookId: string) =>
  body(
    client.POST("/api/v1/projects/{project_id}/webhooks/{webhook_id}/ping", {
      params: { path: { project_id: projectId, webhook_id: webhookId } },
    }),
  );

export const redeliver = (projectId: string, webhookId: string, deliveryId: string) =>
  body(
    client.POST(
      "/api/v1/projects/{project_id}/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver",
      {
        params: {
          path: { project_id: projectId, webhook_id: webhookId, delivery_id: deliveryId },
        },
      },
    ),
  );
