import { expect, it } from "vitest";
import { markLines } from "./difference";

it("marks the lines that the other side does not say, whatever their case and spaces", () => {
  expect(markLines("- Red  circle at a1\n- blue square\n", "* red circle at A1")).toEqual([
    { text: "- Red  circle at a1", shared: true },
    { text: "- blue square", shared: false },
  ]);
});

it("marks nothing where there is no other side", () => {
  expect(markLines("one\ntwo", undefined).every(({ shared }) => shared)).toBe(true);
});
