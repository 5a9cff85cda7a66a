import type { RunSnapshot } from "@/api/schema";

interface RunPage {
  data: RunSnapshot[];
  next_cursor?: string | null;
}

/**
 * The runs of all pages that were read, brought up to date by the first page as it is now.
 *
 * Runs that stood where the first page stands and are not in it any more are gone from there. None
 * are returned where so much is new that the pages read before no longer join on.
 */
export function withFirstPage(
  pages: readonly RunPage[],
  first: RunPage | undefined,
): RunSnapshot[] | undefined {
  const read = unique(pages.flatMap(({ data }) => data));
  if (!first) {
    return read;
  }
  if (!first.next_cursor) {
    return first.data;
  }
  const ids = new Set(first.data.map(({ id }) => id));
  const joint = read.findLastIndex(({ id }) => ids.has(id));
  if (joint < 0) {
    return undefined;
  }
  return [...first.data, ...read.slice(joint + 1)];
}

/** The runs, each in its newest version. */
export function withNewest(
  runs: readonly RunSnapshot[],
  fresh: readonly RunSnapshot[],
): RunSnapshot[] {
  const byId = new Map(fresh.map((run) => [run.id, run]));
  return runs.map((run) => {
    const other = byId.get(run.id);
    return other && other.version > run.version ? other : run;
  });
}

/** A run may come twice where others moved between two readings. */
function unique(runs: readonly RunSnapshot[]): RunSnapshot[] {
  const seen = new Set<string>();
  return runs.filter(({ id }) => !seen.has(id) && seen.add(id));
}
