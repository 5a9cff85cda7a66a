import type { ArmResult, RunSnapshot } from "@/api/schema";

/** A policy and what it scored, benchmark by benchmark. */
export interface Row {
  key: string;
  arm: string;
  pipelineId: string;
  scored: Readonly<Record<string, ArmResult>>;
  /** Why there may be nothing yet. */
  waits: string | undefined;
}

/** The rows of some results, in the order in which the server names them. */
export function rowsOf(arms: readonly ArmResult[]): Row[] {
  const rows = new Map<string, Row>();
  for (const result of arms) {
    const { arm, run_id, pipeline_id, benchmark } = result;
    const key = `${run_id} ${arm}`;
    const known = rows.get(key)?.scored;
    const scored = { ...known, [benchmark]: result };
    rows.set(key, { key, arm, pipelineId: pipeline_id, scored, waits: undefined });
  }
  return [...rows.values()];
}

/** The rows of a pipeline as it defines them: those that wait for their scores stand there too. */
export function rowsOfPipeline(runs: readonly RunSnapshot[], arms: readonly ArmResult[]): Row[] {
  return runs
    .filter(({ kind }) => kind === "evaluate")
    .flatMap((run) => {
      const rows = rowsOf(arms.filter(({ run_id }) => run_id === run.id));
      const waits = whyMissing(run);
      return rows.length > 0
        ? rows.map((row) => ({ ...row, waits }))
        : [{ key: run.id, arm: armOf(run), pipelineId: run.pipeline_id, scored: {}, waits }];
    });
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
