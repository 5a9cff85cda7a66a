import { expect, it } from "vitest";
import { smoothed } from "./smoothing";

it("leaves a level as it is, from its first point on", () => {
  for (const value of smoothed([3, 3, 3], 0.9)) {
    expect(value).toBeCloseTo(3, 12);
  }
});

it("follows a change by a tenth, and passes over what is absent", () => {
  const [first, gap, last] = smoothed([0, null, 1], 0.9);
  expect([first, gap]).toEqual([0, null]);
  expect(last).toBeCloseTo(0.1 / 0.19, 12);
});
