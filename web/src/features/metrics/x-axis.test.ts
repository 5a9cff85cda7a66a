import { expect, it } from "vitest";
import { formatPlace, formatTick, placeOf, stepAt } from "./x-axis";

const progress = [
  { step: 10, tokens: 1000, seconds: 5 },
  { step: 20, tokens: 3000, seconds: 25 },
];

it("puts a step where its tokens and its time are, on a straight line in between", () => {
  expect(placeOf("step", progress)(15)).toBe(15);
  expect([5, 10, 15, 20, 30].map(placeOf("tokens", progress))).toEqual([
    500, 1000, 2000, 3000, 3000,
  ]);
  expect(placeOf("seconds", progress)(15)).toBe(15);
  expect(placeOf("tokens", [])(7)).toBe(0);
});

it.each([
  ["step", 500, "500"],
  ["tokens", 1_500_000, "1.5M"],
  ["tokens", 0, "0"],
  ["seconds", 120, "2 m"],
  ["seconds", 5_400, "1 h 30 m"],
] as const)("writes a tick of %s at %d as %s", (axis, tick, text) => {
  expect(formatTick(axis, tick)).toBe(text);
});

it("says where the cursor stands", () => {
  expect(formatPlace("step", 7, 7)).toBe("step 7");
  expect(formatPlace("tokens", 7, 52_000)).toBe("step 7, 52,000 tokens");
  expect(formatPlace("seconds", 7, 90)).toBe("step 7, 1 m 30 s");
});

it("finds the step that lies somewhere on an axis", () => {
  expect(stepAt("step", progress, 15)).toBe(15);
  expect([500, 2000, 9000].map((place) => stepAt("tokens", progress, place))).toEqual([5, 15, 20]);
  expect(stepAt("seconds", [], 4)).toBe(0);
});
