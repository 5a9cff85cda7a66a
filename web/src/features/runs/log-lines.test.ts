import { expect, it } from "vitest";
import type { LogLine } from "@/api/schema";
import { NO_LINES, withLines } from "./log-lines";

function lines(...numbers: number[]): LogLine[] {
  return numbers.map((number) => ({
    number,
    attempt: 1,
    at: "2030-01-01T00:00:00Z",
    stream: "info",
    text: `line ${number}`,
  }));
}

const numbers = (known: readonly LogLine[]) => known.map(({ number }) => number);

it("joins what was read and what was streamed, each line once", () => {
  const streamed = withLines(NO_LINES, lines(3, 4));
  expect(numbers(withLines(streamed, lines(1, 2, 3)))).toEqual([1, 2, 3, 4]);
  expect(numbers(withLines(lines(1, 2), lines(3)))).toEqual([1, 2, 3]);
});
