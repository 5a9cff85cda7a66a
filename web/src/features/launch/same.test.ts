import { expect, it } from "vitest";
import { describe, same } from "./same";

it("compares what settings say, not how they are written", () => {
  expect(same({ a: 1, b: [2] }, { b: [2], a: 1 })).toBe(true);
  expect(same(["vision", "language"], ["language", "vision"])).toBe(false);
  expect(same(null, undefined)).toBe(false);
});

it.each([
  [null, "none"],
  [[], "none"],
  [["vision", "language"], "vision, language"],
  [{ answer: 0.8, format: 0.2 }, "answer 0.8, format 0.2"],
  [true, "on"],
  [1e-6, "0.000001"],
])("puts %j into words", (value, words) => {
  expect(describe(value)).toBe(words);
});
