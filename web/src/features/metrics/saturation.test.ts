import { expect, it } from "vitest";
import { saturationGap } from "./saturation";

it.each([0.1, 0.01, 0.001, 0.0001])("rests where σ(-g) = λg/4, λ = %d", (penalty) => {
  const gap = saturationGap(penalty) as number;
  expect(1 / (1 + Math.exp(gap))).toBeCloseTo((penalty * gap) / 4, 10);
});

it("is about 6.4 for the paper's penalty", () => {
  expect(saturationGap(0.001)).toBeCloseTo(6.43, 2);
});

it("does not exist without a penalty", () => {
  expect(saturationGap(0)).toBeUndefined();
  expect(saturationGap(Number.NaN)).toBeUndefined();
});
