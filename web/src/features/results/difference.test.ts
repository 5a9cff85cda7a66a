import { expect, it } from "vitest";
import { difference, signOf } from "./difference";

// Newcombe's own example, 56/70 against 48/80 by Wilson intervals: 0.0524 to 0.3339.
const one = { value: 56 / 70, low: 0.6918, high: 0.8769, n: 70 };
const other = { value: 48 / 80, low: 0.4904, high: 0.7003, n: 80 };

it("puts the interval of a difference together from those of its two numbers", () => {
  const found = difference(one, other);
  expect(found.value).toBeCloseTo(0.2, 12);
  expect(found.low).toBeCloseTo(0.0524, 3);
  expect(found.high).toBeCloseTo(0.3339, 3);
  expect(signOf(found)).toBe(1);
});

it("turns round with its sides", () => {
  const [there, back] = [difference(one, other), difference(other, one)];
  expect([back.low, back.high]).toEqual([-there.high, -there.low]);
  expect(signOf(back)).toBe(-1);
});

it("has no sign where its interval holds 0", () => {
  expect(signOf(difference(one, { ...one, value: one.value - 0.01 }))).toBe(0);
});
