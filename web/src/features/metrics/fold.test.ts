import { expect, it } from "vitest";
import { foldedPoints } from "./fold";

const curve = (...values: number[]) =>
  values.map((value, index) => ({ step: index + 1, value, low: value, high: value, attempt: 1 }));

it("folds curves where every seed has a point", () => {
  const points = foldedPoints([curve(1, 2, 3), curve(3, 2)]);
  expect(points.map(({ step, value }) => [step, value])).toEqual([
    [1, 2],
    [2, 2],
  ]);
  expect(points[0]?.high).toBeCloseTo(2 + 12.706, 3);
  expect(points[1]?.low).toBe(2);
  expect(foldedPoints([curve(1), []])).toEqual(curve(1));
  expect(foldedPoints([])).toEqual([]);
});
