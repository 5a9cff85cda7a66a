import { folded } from "@/statistics";
import type { Point } from "./series";

/** The curves of several seeds as one: mean and interval at every step that all of them have. */
export function foldedPoints(curves: readonly (readonly Point[])[]): readonly Point[] {
  const [first, ...others] = curves.filter((points) => points.length > 0);
  if (!first || others.length === 0) {
    return first ?? [];
  }
  const valueAt = others.map((points) => new Map(points.map(({ step, value }) => [step, value])));
  return first.flatMap(({ step, value, attempt }) => {
    const values = [value, ...valueAt.map((at) => at.get(step))];
    const known = values.filter((one) => one !== undefined);
    return known.length === values.length ? [{ step, attempt, ...folded(known) }] : [];
  });
}
