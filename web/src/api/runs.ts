import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { body, client } from "./client";
import type { GatePassed, RunMetrics, RunSnapshot } from "./schema";

/** Which runs are listed, in which order, with the last values of which metrics. */
export interface RunSearch {
  filter: string;
  sort: string;
  metrics: readonly string[];
}

/** The list as far as it was scrolled. Pages are not read again; `runPageQuery` looks what is new. */
export function runPagesQuery(search: RunSearch) {
  return infiniteQueryOptions({
    queryKey: ["runs", "pages", search.filter, search.sort, ...search.metrics],
    queryFn: ({ pageParam }) => runPage(search, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    staleTime: Number.POSITIVE_INFINITY,
    // What was found stays in sight while somebody goes on typing.
    placeholderData: keepPreviousData,
  });
}

/** The first runs that are like a search. */
export function runPageQuery(search: RunSearch) {
  return queryOptions({
    queryKey: ["runs", "page", search.filter, search.sort, ...search.metrics],
    queryFn: () => runPage(search),
  });
}

function runPage({ filter, sort, metrics }: RunSearch, after?: string) {
  const query = { filter, sort, metrics: metrics.join(","), limit: 100, after };
  return body(client.GET("/api/v1/runs", { params: { query } }));
}

export function runQuery(runId: string) {
  return queryOptions({
    queryKey: ["runs", runId, "snapshot"],
    queryFn: () =>
      body(client.GET("/api/v1/runs/{run_id}", { params: { path: { run_id: runId } } })),
  });
}

export function checkpointsQuery(runId: string) {
  return queryOptions({
    queryKey: ["runs", runId, "checkpoints"],
    queryFn: () =>
      body(
        client.GET("/api/v1/runs/{run_id}/checkpoints", { params: { path: { run_id: runId } } }),
      ),
    refetchInterval: 5_000,
  });
}

/** Every audit of a run's game; asked again when the newest, by its step, is another. */
export function auditsQuery(runId: string, newest: number | undefined) {
  return queryOptions({
    queryKey: ["runs", runId, "audits", newest],
    queryFn: () =>
      body(
        client.GET("/api/v1/runs/{run_id}/audits", {
          params: { path: { run_id: runId }, query: { limit: 5000 } },
        }),
      ),
    select: ({ data }) => data,
    enabled: newest !== undefined,
    placeholderData: keepPreviousData,
  });
}

/** What a curation ended in; there is nothing before its end. */
export function corpusQuery(run: RunSnapshot) {
  return queryOptions({
    queryKey: ["runs", run.id, "datasets", run.state],
    queryFn: () =>
      body(client.GET("/api/v1/runs/{run_id}/datasets", { params: { path: { run_id: run.id } } })),
    select: ({ data }) => data,
    enabled: run.kind === "curate",
    placeholderData: keepPreviousData,
  });
}

/** The gates that a curation has passed; asked again when it passes another, by its step. */
export function gatesQuery(run: RunSnapshot, newest: number | null | undefined) {
  return queryOptions({
    queryKey: ["runs", run.id, "gates", newest],
    queryFn: () =>
      body(
        client.GET("/api/v1/runs/{run_id}/events", {
          params: { path: { run_id: run.id }, query: { source: "engine", limit: 1000 } },
        }),
      ),
    select: ({ data }) =>
      data
        .map(({ event }) => event)
        .filter((event): event is GatePassed => event.type === "gate_passed"),
    enabled: run.kind === "curate",
    placeholderData: keepPreviousData,
  });
}

/** The steps that have samples, or those that drew one item. */
export function sampleStepsQuery(runId: string, item?: string) {
  return queryOptions({
    queryKey: ["runs", runId, "samples", ...(item === undefined ? [] : ["of", item])],
    queryFn: () => samplePage(runId, { item, limit: 1 }),
    select: ({ steps }) => steps,
  });
}

export function samplesQuery(runId: string, step: number, item?: string) {
  return queryOptions({
    queryKey: ["runs", runId, "samples", step, ...(item === undefined ? [] : [item])],
    queryFn: () => samplePage(runId, { step, item, limit: 100 }),
    select: ({ data }) => data,
  });
}

function samplePage(runId: string, query: { step?: number; item?: string; limit: number }) {
  return body(
    client.GET("/api/v1/runs/{run_id}/samples", { params: { path: { run_id: runId }, query } }),
  );
}

/** One for every pixel of a chart: charts stand side by side, a third of a page wide. */
export const MOST_POINTS = 400;

/** The client forgets that a point has five numbers, which the schema says. */
export function metricsHistory(
  runId: string,
  range?: [from: number, to: number],
  names: readonly string[] = [],
) {
  const [from, to] = range ?? [];
  const wanted = names.length > 0 ? names.join(",") : undefined;
  const request = client.GET("/api/v1/runs/{run_id}/metrics", {
    params: {
      path: { run_id: runId },
      query: { names: wanted, max_points: MOST_POINTS, from, to },
    },
  });
  return body(request) as Promise<RunMetrics>;
}

/** Some curves of a run on a stretch of it, or all of them. */
export function stretchQuery(
  runId: string,
  range: [from: number, to: number],
  names: readonly string[],
) {
  return queryOptions({
    queryKey: ["runs", runId, "metrics", "stretch", ...range, ...names],
    queryFn: () => metricsHistory(runId, range, names),
    staleTime: Number.POSITIVE_INFINITY,
    structuralSharing: false,
  });
}

/** The curves of one of several runs that are compared, finer of a stretch. */
export function comparedCurvesQuery(runId: string, range?: [from: number, to: number]) {
  return queryOptions({
    queryKey: ["runs", runId, "compared", ...(range ?? [])],
    queryFn: () => metricsHistory(runId, range),
    staleTime: 30_000,
    // Looking for the few points that changed takes longer than drawing all of them anew.
    structuralSharing: false,
  });
}

const SPARK_POINTS = 60;

/** One curve in as many points as a few letters are wide. */
export function sparkQuery(runId: string, metric: string) {
  return queryOptions({
    queryKey: ["runs", runId, "spark", metric],
    queryFn: () => {
      const request = client.GET("/api/v1/runs/{run_id}/metrics", {
        params: { path: { run_id: runId }, query: { names: metric, max_points: SPARK_POINTS } },
      });
      return body(request) as Promise<RunMetrics>;
    },
    select: ({ series }) => series[0]?.points ?? [],
    refetchInterval: 15_000,
  });
}

/** A few curves of a run, for a figure. */
export function namedMetricsQuery(runId: string, names: readonly string[]) {
  return queryOptions({
    queryKey: ["runs", runId, "named-metrics", ...names],
    queryFn: () =>
      body(
        client.GET("/api/v1/runs/{run_id}/metrics", {
          params: { path: { run_id: runId }, query: { names: names.join(","), max_points: 500 } },
        }),
      ) as Promise<RunMetrics>,
    staleTime: 30_000,
  });
}

export function logPage(runId: string, after: number) {
  return body(
    client.GET("/api/v1/runs/{run_id}/logs", {
      params: { path: { run_id: runId }, query: { after, limit: 1000 } },
    }),
  );
}

export type Verb = "cancel" | "stop" | "retry" | "resume" | "restart" | "archive" | "unarchive";

export function orderRun(runId: string, verb: Verb) {
  const target = { params: { path: { run_id: runId } } };
  switch (verb) {
    case "cancel":
      return body(client.POST("/api/v1/runs/{run_id}/cancel", target));
    case "stop":
      return body(client.POST("/api/v1/runs/{run_id}/stop", target));
    case "retry":
      return body(client.POST("/api/v1/runs/{run_id}/retry", target));
    case "resume":
      return body(client.POST("/api/v1/runs/{run_id}/resume", target));
    case "restart":
      return body(client.POST("/api/v1/runs/{run_id}/restart", target));
    case "archive":
      return body(client.POST("/api/v1/runs/{run_id}/archive", target));
    case "unarchive":
      return body(client.POST("/api/v1/runs/{run_id}/unarchive", target));
  }
}
