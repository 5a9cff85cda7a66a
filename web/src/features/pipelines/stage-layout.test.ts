import { expect, it } from "vitest";
import { fakeRun } from "@/testing/fake-run";
import { layOut } from "./stage-layout";

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
