import { expect, it } from "vitest";
import { readGib, typedGib } from "./gib";

it.each([
  ["", null],
  [" 2.5 ", 2.5 * 2 ** 30],
  ["0", 0],
  ["-1", undefined],
  ["1e9", undefined],
  ["ten", undefined],
  ["99999999999", undefined],
])("reads %j as a quota", (text, bytes) => {
  expect(readGib(text)).toBe(bytes);
});

it("writes what was read", () => {
  expect([null, 2.5 * 2 ** 30, 10 ** 9].map(typedGib)).toEqual(["", "2.5", "0.931323"]);
});
