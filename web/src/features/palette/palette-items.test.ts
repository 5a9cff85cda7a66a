import { expect, it, vi } from "vitest";
import { fakeRun } from "@/testing/fake-run";
import { EVERYWHERE, filterFor, itemsFor } from "./palette-items";

const registry = [
  { group: EVERYWHERE, shortcuts: [{ keys: "?", does: "List the keys", run: vi.fn() }] },
  { group: "Runs", shortcuts: [{ keys: "/", does: "Filter", run: vi.fn() }] },
];

const labels = (text: string, ...runs: ReturnType<typeof fakeRun>[]) =>
  itemsFor(text, registry, runs).map(({ group, label }) => `${group}: ${label}`);

it("offers pages and what the page can do by what they are called, and the runs that were found", () => {
  expect(labels("")).toContain("On this page: Filter");
  expect(labels("")).not.toContain("On this page: List the keys");
  expect(labels("res")).toEqual(["Pages: Results"]);
  expect(labels("align", fakeRun())).toEqual(["Runs: align"]);
});

it("asks for words, whatever was typed", () => {
  expect(filterFor('a "b" \\ or')).toBe('"a  b    or"');
});
