import type { RunSnapshot } from "@/api/schema";

export interface Place {
  column: number;
  row: number;
}

/**
 * Where each run stands in the graph: a column right of all its parents, and the row of its first
 * parent where that is free, so that a chain of runs reads as a straight line.
 */
export function layOut(runs: readonly RunSnapshot[]): Map<string, Place> {
  const places = new Map<string, Place>();
  const taken = new Set<string>();
  const byId = new Map(runs.map((run) => [run.id, run]));
  const place = (run: RunSnapshot): Place => {
    const known = places.get(run.id);
    if (known) {
      return known;
    }
    const parents = run.parents.flatMap(({ run_id }) => {
      const parent = byId.get(run_id);
      return parent ? [place(parent)] : [];
    });
    const column = Math.max(-1, ...parents.map((parent) => parent.column)) + 1;
    let row = Math.max(0, ...parents.map((parent) => parent.row));
    while (taken.has(`${column} ${row}`)) {
      row += 1;
    }
    taken.add(`${column} ${row}`);
    places.set(run.id, { column, row });
    return { column, row };
  };
  // An evaluation ends a branch: it gives way, so that the branch itself goes on straight.
  for (const run of [...runs].sort((a, b) => Number(isLeaf(a)) - Number(isLeaf(b)))) {
    place(run);
  }
  return places;
}

function isLeaf(run: RunSnapshot): boolean {
  return run.kind === "evaluate";
}
