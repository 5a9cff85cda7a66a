import { expect, it } from "vitest";
import type { PipelineSnapshot } from "@/api/schema";
import { fakePipeline, fakeRun } from "@/testing/fake-run";
import { counterparts } from "./counterparts";

function pipeline(id: string, fields: readonly string[]): PipelineSnapshot {
  const of = (name: string) => ({ role: "policy" as const, run_id: `${id}-${name}`, run: name });
  return fakePipeline({
    id,
    runs: [
      fakeRun({ id: `${id}-sft`, name: "sft", kind: "sft" }),
      fakeRun({ id: `${id}-rlvr`, name: "rlvr", kind: "rlvr", parents: [of("sft")] }),
      fakeRun({ id: `${id}-test`, name: "test", kind: "evaluate", parents: [of("rlvr")] }),
      fakeRun({ id: `${id}-base`, name: "base", kind: "evaluate", parents: [of("sft")] }),
    ],
    forked_from: {
      pipeline_id: "old",
      pipeline: "miniature",
      number: 1,
      run_id: null,
      run: null,
      step: null,
      changes: fields.map((field) => ({ field, before: 1, after: 2 })),
    },
  });
}

const ids = (fork: PipelineSnapshot) => counterparts(fork, pipeline("old", [])).map(({ id }) => id);

it("pairs the runs that were changed, and the evaluations of them", () => {
  expect(ids(pipeline("new", ["runs.rlvr.algorithm.kind"]))).toEqual([
    "old-rlvr",
    "new-rlvr",
    "old-test",
    "new-test",
  ]);
});

it("pairs all runs where the seed alone differs, and leaves out what the original lacks", () => {
  expect(ids(pipeline("new", ["seed"]))).toHaveLength(8);
  const renamed = pipeline("new", ["runs.rlvr.steps"]);
  renamed.runs = renamed.runs.filter(({ name }) => name !== "test");
  expect(ids(renamed)).toEqual(["old-rlvr", "new-rlvr"]);
});
