import { expect, it } from "vitest";
import { fakeDataset } from "@/testing/fake-dataset";
import { quarantinedRows, refusedRows, splitLine } from "./holdings";

it("names splits from the largest to the smallest", () => {
  expect(splitLine({ test: 100, train: 12_000 })).toBe("train 12,000, test 100");
  expect(splitLine({})).toBe("");
});

it("counts what an import could not use", () => {
  expect(quarantinedRows(fakeDataset())).toBe(10);
  expect(quarantinedRows(fakeDataset({ imported: null }))).toBeUndefined();
});

it("says why, the most frequent reason first", () => {
  const { imported } = fakeDataset();
  expect(imported && refusedRows(imported)).toEqual([
    { reason: "image_broken", rows: 7, meaning: "image does not decode" },
    { reason: "gold", rows: 3, meaning: "gold answer cannot be used" },
  ]);
});
