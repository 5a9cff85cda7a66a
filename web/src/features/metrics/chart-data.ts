import type { Point } from "./series";

/** One curve of a chart. */
export interface Line {
  name: string;
  label: string;
  colour: string;
  textColour: string;
  points: readonly Point[];
}

type Column = (number | null)[];

/** uPlot's columns: the steps, then value, low and high of every line, null where it has none. */
export function columns(lines: readonly Line[]): [number[], ...Column[]] {
  const steps = [...new Set(lines.flatMap(({ points }) => points.map(({ step }) => step)))];
  steps.sort((a, b) => a - b);
  const place = new Map(steps.map((step, index) => [step, index]));
  const values = lines.flatMap(({ points }) => {
    const line = [0, 1, 2].map((): Column => Array(steps.length).fill(null));
    for (const { step, value, low, high } of points) {
      const index = place.get(step) as number;
      [value, low, high].forEach((number, row) => {
        (line[row] as Column)[index] = number;
      });
    }
    return line;
  });
  return [steps, ...values];
}

/** Steps as ranges, so that a gap can be read off: `1-40`, or `1-12,14-40`. */
export function stepRanges(steps: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const step of steps) {
    const last = ranges.at(-1);
    if (last && step === last[1] + 1) {
      last[1] = step;
    } else {
      ranges.push([step, step]);
    }
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(",");
}
