import { expect, it } from "vitest";
import { farther, moved, nearer } from "./zoom-keys";

it("halves to the newer steps and doubles to the older ones", () => {
  expect(nearer([1, 101])).toEqual([51, 101]);
  expect(nearer([100, 101])).toEqual([100, 101]);
  expect(farther([81, 101], [1, 101])).toEqual([61, 101]);
  expect(farther([1, 31], [1, 101])).toEqual([1, 61]);
  expect(farther([41, 101], [1, 101])).toBeUndefined();
});

it("moves by half and stops where the run begins and ends", () => {
  expect(moved([41, 61], -1, [1, 101])).toEqual([31, 51]);
  expect(moved([5, 25], -1, [1, 101])).toEqual([1, 21]);
  expect(moved([75, 95], 1, [1, 101])).toEqual([81, 101]);
  expect(moved([1, 101], 1, [1, 101])).toBeUndefined();
});
