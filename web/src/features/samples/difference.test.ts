import { expect, it } from "vitest";
import { markLines } from "./difference";

/** Lines with what the other side lacks in brackets. */
function marked(text: string, other: string | undefined): string[] {
  return markLines(text, other).map(({ pieces }) =>
    pieces.map((piece) => (piece.shared ? piece.text : `[${piece.text}]`)).join(""),
  );
}

it("marks the lines that the other side does not say, whatever their case, spaces and order", () => {
  const lines = markLines("- Red  circle at a1\n- blue square\n", "- dot\n* red circle at A1");
  expect(lines.map(({ shared }) => shared)).toEqual([true, false]);
  expect(marked("- Red  circle at a1\n- blue square\n", "- dot\n* red circle at A1")).toEqual([
    "- Red  circle at a1",
    "- [blue square]",
  ]);
});

it("marks the words in which two versions of a line differ", () => {
  expect(marked("- blue square at b3", "- blue square at b2")).toEqual(["- blue square at [b3]"]);
  expect(
    marked("There are four shapes, so two are red.", "There are three shapes. So one is red."),
  ).toEqual(["There are [four] shapes, so [two are] red."]);
});

it("says the same from both sides", () => {
  const [one, other] = ["the red circle is left", "the big red circle is right"];
  expect(marked(one, other)).toEqual(["the red circle is [left]"]);
  expect(marked(other, one)).toEqual(["the [big] red circle is [right]"]);
});

it("compares signs where words have no spaces between them", () => {
  expect(marked("图中有三个圆", "图中有四个圆")).toEqual(["图中有[三]个圆"]);
});

it("does not compare lines that have nothing to do with each other", () => {
  expect(marked("alpha beta gamma", "one two alpha three four five six")).toEqual([
    "[alpha beta gamma]",
  ]);
});

it("marks nothing where there is no other side", () => {
  expect(marked("one\ntwo", undefined)).toEqual(["one", "two"]);
});

it("does not stall on sections of thousands of words", () => {
  const long = Array.from({ length: 4000 }, (_, index) => `w${index % 50}`).join(" ");
  const began = performance.now();
  const [line] = markLines(`${long} end`, long);
  expect(performance.now() - began).toBeLessThan(500);
  expect(line?.shared).toBe(false);
});
