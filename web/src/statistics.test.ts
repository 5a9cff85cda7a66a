import { expect, it } from "vitest";
import { folded } from "./statistics";

it("gives the mean and Student's interval over seeds", () => {
  // Deviation 1 over three seeds: 4.303 / sqrt(3) = 2.484.
  const { value, low, high } = folded([1, 2, 3]);
  expect(value).toBe(2);
  expect(low).toBeCloseTo(2 - 2.484, 3);
  expect(high).toBeCloseTo(2 + 2.484, 3);
  expect(folded([5])).toEqual({ value: 5, low: 5, high: 5 });
});
