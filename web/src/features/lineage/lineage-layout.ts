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
  const heights = new Map<number, number>();
  return new Map(
    nodes.map(({ id }): [string, Spot] => {
      const column = columnOf(id, new Set());
      const row = heights.get(column) ?? 0;
      heights.set(column, row + 1);
      return [id, { column, row }];
    }),
  );
}
