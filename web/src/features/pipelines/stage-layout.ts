import type { RunSnapshot } from "@/api/schema";

export interface Place {
  column: number;
  row: number;
}

/** How large everything in the graph is, in pixels. */
export interface Size {
  card: { width: number; height: number };
  /** From one card to the next. */
  pitch: { x: number; y: number };
  width: number;
  height: number;
  /** Many runs get low cards, so that what they are about is not pushed out of sight. */
  compact: boolean;
}

const MOST_ROOMY_ROWS = 4;
const WIDEST_CARD = 188;
const NARROWEST_CARD = 140;
const NARROWEST_FRAME = 640;

/** The sizes with which a graph fits into so many pixels; none where it does not. */
export function dimensionsOf(places: readonly Place[], frame = 1_200): Size | undefined {
  const columns = Math.max(...places.map(({ column }) => column)) + 1;
  const rows = Math.max(...places.map(({ row }) => row)) + 1;
  const compact = rows > MOST_ROOMY_ROWS;
  const gap = compact ? 28 : 36;
  const fits = Math.floor((frame - 8 - gap * (columns - 1)) / columns);
  if (frame < NARROWEST_FRAME || fits < NARROWEST_CARD) {
    return undefined;
  }
  const card = { width: Math.min(WIDEST_CARD, fits), height: compact ? 46 : 84 };
  const pitch = { x: card.width + gap, y: card.height + (compact ? 6 : 10) };
  return {
    card,
    pitch,
    width: (columns - 1) * pitch.x + card.width,
    height: (rows - 1) * pitch.y + card.height + 4,
    compact,
  };
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
