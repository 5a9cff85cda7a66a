import { folded } from "@/statistics";
import type { Point } from "./series";

/** So many places lie on an axis; more would stand less than a pixel apart. */
export const MOST_PLACES = 1000;

/**
 * A curve over something else than steps, each point at the nearest of equally distant places.
 *
 * The values are those that were measured. Of points at one place the last counts, and the band
 * spans them all; so the curves of many runs have few places between them.
 */
export function along(
  points: readonly Point[],
  place: (step: number) => number,
  distance: number,
): readonly Point[] {
  const placed: Point[] = [];
  for (const point of points) {
    const at = Math.round(place(point.step) / distance) * distance;
    const last = placed.at(-1);
    if (last?.step === at) {
      const [low, high] = [Math.min(last.low, point.low), Math.max(last.high, point.high)];
      placed[placed.length - 1] = { ...point, step: at, low, high };
    } else {
      placed.push({ ...point, step: at });
    }
  }
  return placed;
}

/**
 * Curves of several seeds as one, where their points do not lie at the same places.
 *
 * Between two of its points a seed lies on the straight line. Mean and interval begin where every
 * seed has begun and end where the first ends: nothing is drawn of what one did not measure.
 */
export function foldedAlong(
  curves: readonly (readonly Point[])[],
  distance: number,
): readonly Point[] {
  const measured = curves.filter((points) => points.length > 0);
  const [first, ...others] = measured;
  if (!first || others.length === 0) {
    return first ?? [];
  }
  const begin = Math.max(...measured.map((points) => points[0]?.step ?? 0));
  const end = Math.min(...measured.map((points) => points.at(-1)?.step ?? 0));
  const places = Math.max(0, Math.round((end - begin) / distance) + 1);
  const readers = measured.map(reader);
  return Array.from({ length: places }, (_, count) => {
    const step = Math.round(begin / distance + count) * distance;
    return { step, attempt: 1, ...folded(readers.map((valueAt) => valueAt(step))) };
  });
}

/** Reads a curve at places that ascend from call to call. */
function reader(points: readonly Point[]): (place: number) => number {
  let next = 0;
  return (place) => {
    while ((points[next]?.step ?? Number.POSITIVE_INFINITY) < place) {
      next += 1;
    }
    const low = points[next - 1] ?? points[0];
    const high = points[next] ?? points.at(-1);
    if (!low || !high || high.step === low.step) {
      return (high ?? low)?.value ?? Number.NaN;
    }
    return low.value + ((place - low.step) / (high.step - low.step)) * (high.value - low.value);
  };
}
