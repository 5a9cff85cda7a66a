import { folded } from "@/statistics";
import type { FigurePoint } from "./figure";

/** A step and what was measured in it. */
export type Measured = readonly [step: number, value: number];

/** The curves of several seeds as one: at every step that all have, their mean and interval. */
export function meanCurve(curves: readonly (readonly Measured[])[]): FigurePoint[] {
  const [first = [], ...others] = curves.filter((curve) => curve.length > 0);
  const known = others.map((curve) => new Map(curve.map(([step, value]) => [step, value])));
  return first.flatMap(([x, value]) => {
    const values = [value, ...known.flatMap((at) => at.get(x) ?? [])];
    if (values.length <= known.length) {
      return [];
    }
    const { value: y, low, high } = folded(values);
    return values.length > 1 ? [{ x, y, low, high }] : [{ x, y }];
  });
}
