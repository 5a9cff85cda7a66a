import { formatNumber } from "@/format/numbers";
import { formatDuration } from "@/format/time";
import type { Progress } from "./series";

/** What a chart is drawn over. */
export type Axis = "step" | "tokens" | "seconds";

export const AXES: { value: Axis; label: string }[] = [
  { value: "step", label: "Steps" },
  { value: "tokens", label: "Tokens" },
  { value: "seconds", label: "Time" },
];

const NOTHING_DONE: Progress = { step: 0, tokens: 0, seconds: 0 };

/** Where a step lies on an axis; between two known steps on the straight line between them. */
export function placeOf(axis: Axis, progress: readonly Progress[]): (step: number) => number {
  if (axis === "step") {
    return (step) => step;
  }
  return (step) => {
    const after = firstAfter(progress, step);
    const low = progress[after - 1] ?? NOTHING_DONE;
    const high = progress[after];
    if (!high) {
      return low[axis];
    }
    const share = (step - low.step) / (high.step - low.step);
    return low[axis] + share * (high[axis] - low[axis]);
  };
}

/** The step that lies somewhere on an axis: `placeOf` the other way round. */
export function stepAt(axis: Axis, progress: readonly Progress[], place: number): number {
  if (axis === "step") {
    return place;
  }
  const after = progress.findIndex((point) => point[axis] > place);
  const low = progress[(after < 0 ? progress.length : after) - 1] ?? NOTHING_DONE;
  const high = progress[after];
  return high
    ? low.step + ((place - low[axis]) / (high[axis] - low[axis])) * (high.step - low.step)
    : low.step;
}

/** The index of the first point beyond a step. */
function firstAfter(progress: readonly Progress[], step: number): number {
  let [low, high] = [0, progress.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((progress[middle] as Progress).step <= step) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/** Distances at which each axis may have its ticks. */
export const TICKS: Record<Axis, number[]> = {
  step: decades([1, 2, 5], 0, 6),
  tokens: decades([1, 2, 5], 2, 12),
  seconds: [
    1, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400, 172_800, 604_800,
  ],
};

function decades(digits: number[], from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, power) => 10 ** (from + power)).flatMap((size) =>
    digits.map((digit) => digit * size),
  );
}

const SIZES: [size: number, letter: string][] = [
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
];

export function formatTick(axis: Axis, tick: number): string {
  if (axis === "seconds") {
    return formatDuration(tick).replace(/ 0 [hms]$/, "");
  }
  const size = SIZES.find(([least]) => axis === "tokens" && tick >= least);
  return size ? `${tick / size[0]}${size[1]}` : String(tick);
}

/** Where the cursor stands, in words. */
export function formatPlace(axis: Axis, step: number, place: number): string {
  return axis === "step" ? `step ${step}` : `step ${step}, ${formatAlong(axis, place)}`;
}

/** How far along an axis something lies, in words. */
export function formatAlong(axis: Axis, place: number): string {
  switch (axis) {
    case "step":
      return `step ${place}`;
    case "tokens":
      return `${formatNumber(place)} tokens`;
    case "seconds":
      return formatDuration(place);
  }
}
