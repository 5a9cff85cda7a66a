import { expect, it } from "vitest";
import { drawingOf, type Line, stepRanges } from "./chart-data";

function line(...points: [step: number, value: number, low: number, high: number][]): Line {
  return {
    name: "m",
    label: "",
    colour: "",
    textColour: "",
    points: points.map(([step, value, low, high]) => ({ step, value, low, high, attempt: 1 })),
  };
}

it("puts lines over the union of their steps, absent where they have none", () => {
  const lines = [line([1, 10, 9, 11], [3, 30, 29, 31]), line([2, 5, 5, 5])];
  expect(drawingOf(lines, 0)).toEqual({
    steps: [1, 2, 3],
    columns: [
      [10, null, 30],
      [10, null, 30],
      [9, null, 29],
      [11, null, 31],
      [null, 5, null],
      [null, 5, null],
      [null, 5, null],
      [null, 5, null],
    ],
  });
});

it("keeps what was measured beside the trend", () => {
  const { columns } = drawingOf([line([1, 0, 0, 0], [2, 19, 19, 19])], 0.9);
  expect(columns[0]?.[1]).toBeCloseTo(10, 12);
  expect(columns[1]).toEqual([0, 19]);
});

it("writes steps as ranges, so that a gap shows", () => {
  expect(stepRanges([1, 2, 3])).toBe("1-3");
  expect(stepRanges([1, 2, 4, 6, 7])).toBe("1-2,4,6-7");
  expect(stepRanges([])).toBe("");
});
