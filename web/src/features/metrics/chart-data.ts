import type { Point } from "./series";
import { smoothed } from "./smoothing";

/** One curve of a chart. */
export interface Line {
  name: string;
  label: string;
  colour: string;
  textColour: string;
  /** How far it is drawn and left out in turn; a whole line where there is nothing. */
  dash?: readonly number[];
  /** In the order of their steps, each step once. */
  points: readonly Point[];
}

type Column = (number | null)[];

/** How many columns a line has. */
export const COLUMNS_PER_LINE = 4;

/** The steps that any of the lines has, and for each of them what is drawn. */
export interface Drawing {
  steps: number[];
  /** Trend, value, low and high of every line, null where it has none. */
  columns: Column[];
}

/** The trend is the value itself unless it is to be smooth. */
export function drawingOf(lines: readonly Line[], smoothing: number): Drawing {
  const steps = stepsOf(lines);
  const columns = lines.flatMap(({ points }) => {
    const [values, lows, highs] = [0, 1, 2].map((): Column => Array(steps.length).fill(null));
    let index = 0;
    for (const { step, value, low, high } of points) {
      while (steps[index] !== step) {
        index += 1;
      }
      (values as Column)[index] = value;
      (lows as Column)[index] = low;
      (highs as Column)[index] = high;
    }
    const trend = smoothing > 0 ? smoothed(values as Column, smoothing) : (values as Column);
    return [trend, values, lows, highs] as Column[];
  });
  return { steps, columns };
}

/** The steps of all lines in their order; lines that grow together mostly have the same. */
function stepsOf(lines: readonly Line[]): number[] {
  const [first = [], ...others] = lines.map(({ points }) => points.map(({ step }) => step));
  const isAll = (steps: number[]) =>
    steps.length === first.length && steps.every((step, index) => step === first[index]);
  return others.every(isAll)
    ? first
    : [...new Set([first, ...others].flat())].sort((a, b) => a - b);
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
