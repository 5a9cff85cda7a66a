import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { body, client } from "./client";
import type { AlertSnapshot } from "./schema";

export type AlertKind = AlertSnapshot["kind"];

/** What wanted somebody's eye, newest first. */
export function alertsQuery(kind: AlertKind | undefined) {
  return infiniteQueryOptions({
    queryKey: ["alerts", kind],
    queryFn: ({ pageParam }) =>
      body(client.GET("/api/v1/alerts", { params: { query: { kind, after: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: 10_000,
  });
}

/** What of a run wanted somebody's eye. */
export function runAlertsQuery(runId: string) {
  return queryOptions({
    queryKey: ["alerts", "of", runId],
    queryFn: () =>
      body(client.GET("/api/v1/alerts", { params: { query: { run_id: runId, limit: 200 } } })),
    select: ({ data }) => data,
    refetchInterval: 10_000,
  });
}
