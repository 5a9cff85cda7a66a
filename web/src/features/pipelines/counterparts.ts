import type { PipelineSnapshot, RunSnapshot } from "@/api/schema";

/** As many runs as the page that compares takes. */
const MOST = 24;

/**
 * Runs of a fork that differ from the original's, each beside the one of its name there.
 *
 * Those are the runs whose settings were changed; where only the seed differs, every run.
 */
export function counterparts(fork: PipelineSnapshot, original: PipelineSnapshot): RunSnapshot[] {
  const changed = new Set(
    fork.forked_from?.changes.flatMap(({ field }) => /^runs\.([^.]+)/.exec(field)?.[1] ?? []),
  );
  return fork.runs
    .filter(({ name }) => changed.size === 0 || changed.has(name))
    .flatMap((run) => {
      const before = original.runs.find(({ name }) => name === run.name);
      return before ? [before, run] : [];
    })
    .slice(0, MOST);
}
