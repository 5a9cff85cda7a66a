import { expect, test } from "vitest";
import { logarithmicRange, valueRange } from "./y-range";

const PLAIN = { saturation: [] };

function rounded([low, high]: [number, number]): number[] {
  return [low, high].map((value) => Number(value.toFixed(6)));
}

test("what is shown has a margin, but below zero only where something lies there", () => {
  expect(rounded(valueRange(2, 3, PLAIN))).toEqual([1.92, 3.08]);
  expect(rounded(valueRange(0, 10, PLAIN))).toEqual([0, 10.8]);
  expect(rounded(valueRange(2, 3, { ...PLAIN, zeroLine: true }))).toEqual([0, 3.24]);
  expect(valueRange(0.2, 0.3, { ...PLAIN, range: [0, 1] })).toEqual([0, 1]);
});

test("one value has room on both sides, also where rounding makes it two", () => {
  expect(rounded(valueRange(5, 5, PLAIN))).toEqual([4.6, 5.4]);
  expect(rounded(valueRange(1, 1 + 2 * Number.EPSILON, PLAIN))).toEqual([0.92, 1.08]);
  expect(rounded(valueRange(-3, -3, PLAIN))).toEqual([-3.24, -2.76]);
  expect(rounded(valueRange(0, 0, PLAIN))).toEqual([0, 0.08]);
});

test("small differences of small values are no noise", () => {
  expect(
    rounded(valueRange(1e-12, 3e-12, PLAIN).map((end) => end * 1e12) as [number, number]),
  ).toEqual([0.84, 3.16]);
});

test("the saturation line shows once a curve comes near it", () => {
  expect(rounded(valueRange(0, 1, { saturation: [6] }))).toEqual([0, 1.08]);
  expect(rounded(valueRange(0, 3, { saturation: [6] }))).toEqual([0, 6.48]);
});

test("a logarithmic axis has its margin by factor", () => {
  expect(rounded(logarithmicRange(1, 100))).toEqual([0.691831, 144.543977]);
  expect(rounded(logarithmicRange(1, 1))).toEqual([0.980392, 1.02]);
});
