import { infiniteQueryOptions } from "@tanstack/react-query";
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
