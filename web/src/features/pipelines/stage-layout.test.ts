import { expect, it } from "vitest";
import { fakeRun } from "@/testing/fake-run";
import { dimensionsOf, layOut } from "./stage-layout";

function run(id: string, kind: "sft" | "align" | "rlvr" | "evaluate", ...parents: string[]) {
  return fakeRun({
    id,
    kind,
    parents: parents.map((parent) => ({ role: "policy" as const, run_id: parent, run: parent })),
  });
}

it("puts each run right of its parents and branches on rows of their own", () => {
  const places = layOut([
    run("sft", "sft"),
    run("score-sft", "evaluate", "sft"),
    run("align", "align", "sft"),
    run("grpo", "rlvr", "sft"),
    run("prism", "rlvr", "align"),
  ]);
  expect(Object.fromEntries(places)).toEqual({
    sft: { column: 0, row: 0 },
    align: { column: 1, row: 0 },
    grpo: { column: 1, row: 1 },
    prism: { column: 2, row: 0 },
    "score-sft": { column: 1, row: 2 },
  });
});

it("waits for the latest of several parents", () => {
  const places = layOut([
    run("sft", "sft"),
    run("warmup", "align", "sft"),
    run("align", "align", "sft", "warmup"),
  ]);
  expect(places.get("align")).toEqual({ column: 2, row: 0 });
});

it("draws few runs with room and many low, always within the frame", () => {
  const chain = [0, 1, 2, 3, 4].map((column) => ({ column, row: 0 }));
  expect(dimensionsOf(chain, 1400)).toMatchObject({
    card: { width: 188, height: 84 },
    width: 4 * 224 + 188,
    compact: false,
  });
  const tables = Array.from({ length: 30 }, (_, n) => ({ column: n % 5, row: Math.floor(n / 5) }));
  const size = dimensionsOf(tables, 900);
  expect(size).toMatchObject({ card: { height: 46 }, height: 5 * 52 + 46 + 4, compact: true });
  expect(size?.width).toBeLessThanOrEqual(900);
});

it("does not squeeze a graph into a frame that is too narrow", () => {
  const chain = [0, 1, 2, 3, 4, 5, 6].map((column) => ({ column, row: 0 }));
  expect(dimensionsOf(chain, 1000)).toBeUndefined();
  expect(dimensionsOf([{ column: 0, row: 0 }], 375)).toBeUndefined();
});
