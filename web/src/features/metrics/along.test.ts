import { expect, it } from "vitest";
import { along, foldedAlong } from "./along";

const curve = (...points: [place: number, value: number][]) =>
  points.map(([step, value]) => ({ step, value, low: value, high: value, attempt: 1 }));

it("puts points at their tokens, the last of those at one place with the band over all", () => {
  const found = along(curve([1, 5], [2, 3], [3, 4]), (step) => step * 104, 200);
  expect(found).toEqual([
    { step: 200, value: 3, low: 3, high: 5, attempt: 1 },
    { step: 400, value: 4, low: 4, high: 4, attempt: 1 },
  ]);
});

it("folds seeds between their points, only where all of them have got to", () => {
  const found = foldedAlong([curve([100, 0], [300, 2]), curve([200, 3], [400, 5])], 100);
  expect(found.map(({ step, value }) => [step, value])).toEqual([
    [200, 2],
    [300, 3],
  ]);
  // Of 1 and 3 the mean is 2, its standard error 1, and t of one degree of freedom 12.706.
  expect(found[0]?.low).toBeCloseTo(2 - 12.706, 3);
});

it("has one seed as it is, and nothing of seeds that never meet", () => {
  expect(foldedAlong([curve([1, 5]), []], 1)).toEqual(curve([1, 5]));
  expect(foldedAlong([], 1)).toEqual([]);
  expect(foldedAlong([curve([1, 0], [2, 0]), curve([5, 0], [6, 0])], 1)).toEqual([]);
});
