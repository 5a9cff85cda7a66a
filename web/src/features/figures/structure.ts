import type { FigurePoint } from "./figure";

/** How many of a hundred responses have 0, 1, 2 … of something; none have more than the last. */
export function densityOf(counts: readonly number[]): FigurePoint[] {
  const all = counts.reduce((sum, count) => sum + count, 0);
  return all === 0 ? [] : [...counts, 0].map((count, x) => ({ x, y: (100 * count) / all }));
}

/** Counts of several seeds as if they were of one. */
export function added(all: readonly (readonly number[])[]): number[] {
  const length = Math.max(0, ...all.map((counts) => counts.length));
  return Array.from({ length }, (_, place) =>
    all.reduce((sum, counts) => sum + (counts[place] ?? 0), 0),
  );
}
