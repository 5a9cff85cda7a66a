import { queryOptions } from "@tanstack/react-query";
import { body, client } from "./client";
import type { Grid } from "./schema";

/** A recipe and what is varied of it. */
export interface StudyOrder {
  recipe: string;
  grid: Grid;
  most_at_once: number | null;
}

export function validateStudy(order: StudyOrder, signal?: AbortSignal) {
  return body(client.POST("/api/v1/studies:validate", { body: order, signal }));
}

/** The key makes a second click, or a second try after silence, harmless. */
export function launchStudy(order: StudyOrder, idempotencyKey: string) {
  return body(
    client.POST("/api/v1/studies", {
      body: order,
      headers: { "Idempotency-Key": idempotencyKey },
    }),
  );
}

export function studyQuery(studyId: string) {
  return queryOptions({
    queryKey: ["studies", studyId],
    queryFn: () =>
      body(client.GET("/api/v1/studies/{study_id}", { params: { path: { study_id: studyId } } })),
    refetchInterval: 4_000,
  });
}

export const studiesQuery = queryOptions({
  queryKey: ["studies", "list"],
  queryFn: () => body(client.GET("/api/v1/studies", { params: { query: { limit: 100 } } })),
  refetchInterval: 5_000,
});

export function studyResultsQuery(studyId: string, baseline?: string) {
  return queryOptions({
    queryKey: ["results", studyId, baseline],
    queryFn: () =>
      body(
        client.GET("/api/v1/studies/{study_id}/results", {
          params: { path: { study_id: studyId }, query: { baseline } },
        }),
      ),
    refetchInterval: 15_000,
  });
}

export function limitStudy(studyId: string, mostAtOnce: number | null) {
  return body(
    client.PATCH("/api/v1/studies/{study_id}", {
      params: { path: { study_id: studyId } },
      body: { most_at_once: mostAtOnce },
    }),
  );
}

export function cancelStudy(studyId: string) {
  return body(
    client.POST("/api/v1/studies/{study_id}/cancel", { params: { path: { study_id: studyId } } }),
  );
}
