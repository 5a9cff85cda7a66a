import type { QueryClient } from "@tanstack/react-query";
import { pipelineQuery } from "./pipelines";
import type { PipelineSnapshot, RunSnapshot } from "./schema";
import { sessionQuery } from "./session";
import type { LiveStream } from "./stream";

interface RunPage {
  data: RunSnapshot[];
  next_cursor?: string | null;
}

/** Put what the stream says about pipelines and runs into the cache, never an older version. */
export function keepSnapshotsFresh(stream: LiveStream, queryClient: QueryClient): () => void {
  const leave = [
    stream.on("pipeline", (pipeline) => keepPipeline(queryClient, pipeline)),
    stream.on("run", (run) => keepRun(queryClient, run)),
    stream.on("samples", ({ run_id }) => {
      void queryClient.invalidateQueries({ queryKey: ["runs", run_id, "samples"] });
    }),
    stream.on("benchmark", () => {
      void queryClient.invalidateQueries({ queryKey: ["results"] });
    }),
    stream.on("resync", () => {
      void queryClient.invalidateQueries();
    }),
    // A stream does not say why it was refused; the session may be over.
    stream.subscribe(() => {
      if (stream.connection() === "lost") {
        void queryClient.invalidateQueries(sessionQuery);
      }
    }),
  ];
  return () => {
    for (const unsubscribe of leave) {
      unsubscribe();
    }
  };
}

export function keepPipeline(queryClient: QueryClient, fresh: PipelineSnapshot): void {
  keepInLists(queryClient, fresh.runs);
  queryClient.setQueryData(pipelineQuery(fresh.id).queryKey, (known) => {
    if (!known) {
      return fresh;
    }
    const newer = fresh.version >= known.version ? fresh : known;
    return { ...newer, runs: newer.runs.map((run) => newest(run, [...known.runs, ...fresh.runs])) };
  });
}

export function keepRun(queryClient: QueryClient, fresh: RunSnapshot): void {
  keepInLists(queryClient, [fresh]);
  queryClient.setQueryData(pipelineQuery(fresh.pipeline_id).queryKey, (known) =>
    known ? { ...known, runs: known.runs.map((run) => newest(run, [fresh])) } : known,
  );
}

/** A list shows a run as it became; whether it still belongs there the server says. */
function keepInLists(queryClient: QueryClient, fresh: RunSnapshot[]): void {
  const ids = new Set(fresh.map(({ id }) => id));
  queryClient.setQueriesData<RunPage>({ queryKey: ["runs", "page"] }, (known) =>
    known?.data.some(({ id }) => ids.has(id))
      ? { ...known, data: known.data.map((run) => newest(run, fresh)) }
      : known,
  );
}

function newest(run: RunSnapshot, candidates: RunSnapshot[]): RunSnapshot {
  return candidates
    .filter(({ id }) => id === run.id)
    .reduce((best, candidate) => (candidate.version > best.version ? candidate : best), run);
}
