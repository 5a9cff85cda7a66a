import type { Lineage } from "@/api/schema";

export interface Spot {
  column: number;
  row: number;
}

/** A column right of all that a node comes from, so that every line leads to the right. */
export function layOutLineage({ nodes, edges }: Lineage): Map<string, Spot> {
  const sources = new Map(nodes.map(({ id }) => [id, [] as string[]]));
  for (const { source, target } of edges) {
    sources.get(target)?.push(source);
  }
  const columns = new Map<string, number>();
  const columnOf = (id: string, path: ReadonlySet<string>): number => {
    const known = columns.get(id);
    if (known !== undefined) {
      return known;
    }
    // A curation may have read, by name, what is made anew of it: a circle is cut where it closes.
    const before = (sources.get(id) ?? []).filter((source) => !path.has(source) && source !== id);
    const inside = new Set([...path, id]);
    const column = Math.max(-1, ...before.map((source) => columnOf(source, inside))) + 1;
    columns.set(id, column);
    return column;
  };
  const spots = new Map<string, Spot>();
  const taken = new Set<string>();
  const place = (column: number, row: number) => `${column} ${row}`;
  // A line that passes a column in its own row would run behind the card that stands there.
  const isCrossed = (source: Spot, column: number, row: number) =>
    source.row === row &&
    Array.from({ length: Math.max(0, column - source.column - 1) }, (_, gap) =>
      taken.has(place(source.column + 1 + gap, row)),
    ).some(Boolean);
  const ordered = nodes
    .map(({ id }) => ({ id, column: columnOf(id, new Set()) }))
    .sort((one, other) => one.column - other.column);
  for (const { id, column } of ordered) {
    const before = (sources.get(id) ?? []).flatMap((source) => spots.get(source) ?? []);
    let row = 0;
    while (
      taken.has(place(column, row)) ||
      before.some((source) => isCrossed(source, column, row))
    ) {
      row += 1;
    }
    taken.add(place(column, row));
    spots.set(id, { column, row });
  }
  return spots;
}
