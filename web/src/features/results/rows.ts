import type { ArmResult, RunSnapshot } from "@/api/schema";

/** A policy and what it scored, benchmark by benchmark. */
export interface Row {
  key: string;
  arm: string;
  pipelineId: string;
  scored: Readonly<Record<string, ArmResult>>;
  /** How many seeds its numbers are the mean of, where that is more than one. */
  seeds?: number;
  /** Why there may be nothing yet. */
  waits: string | undefined;
}

/** The rows of some results, in the order in which the server names them. */
export function rowsOf(arms: readonly ArmResult[]): Row[] {
  const rows = new Map<string, Row>();
  for (const result of arms) {
    const { arm, pipeline_id, benchmark } = result;
    const known = rows.get(keyOf(pipeline_id, arm));
    add(rows, pipeline_id, arm, { ...known?.scored, [benchmark]: result }, undefined);
  }
  return [...rows.values()];
}

/**
 * The rows of a pipeline as it defines them: those that wait for their scores stand there too.
 *
 * An arm may be evaluated by several runs, a benchmark each.
 */
export function rowsOfPipeline(runs: readonly RunSnapshot[], arms: readonly ArmResult[]): Row[] {
  const rows = new Map<string, Row>();
  for (const run of runs.filter(({ kind }) => kind === "evaluate")) {
    const results = arms.filter(({ run_id }) => run_id === run.id);
    for (const arm of new Set(results.length > 0 ? results.map((r) => r.arm) : [armOf(run)])) {
      const known = rows.get(keyOf(run.pipeline_id, arm));
      const own = results.filter((result) => result.arm === arm);
      const scored = Object.fromEntries(own.map((result) => [result.benchmark, result]));
      const waits = known?.waits ?? whyMissing(run);
      add(rows, run.pipeline_id, arm, { ...known?.scored, ...scored }, waits);
    }
  }
  return [...rows.values()];
}

function add(
  rows: Map<string, Row>,
  pipelineId: string,
  arm: string,
  scored: Row["scored"],
  waits: string | undefined,
) {
  const key = keyOf(pipelineId, arm);
  rows.set(key, { key, arm, pipelineId, scored, waits });
}

function keyOf(pipelineId: string, arm: string) {
  return `${pipelineId} ${arm}`;
}

/** The arm that an evaluation will report. */
function armOf({ name, config }: RunSnapshot): string {
  const { arm, policy } = config as { arm?: string; policy?: { run?: string; model?: string } };
  return arm ?? policy?.run ?? policy?.model ?? name;
}

function whyMissing(run: RunSnapshot): string | undefined {
  switch (run.state) {
    case "blocked":
    case "queued":
      return `Not evaluated yet. ${run.reason ?? ""}`.trim();
    case "claimed":
    case "running":
      return "It is being evaluated.";
    case "succeeded":
      return undefined;
    default:
      return `Its evaluation is ${run.state}. ${run.exit?.message ?? ""}`.trim();
  }
}
