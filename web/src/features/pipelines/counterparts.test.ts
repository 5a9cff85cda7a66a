import { expect, it } from "vitest";
import type { PipelineSnapshot } from "@/api/schema";
import { fakePipeline, fakeRun } from "@/testing/fake-run";
import { counterparts } from "./counterparts";

function pipeline(id: string, fields: readonly string[]): PipelineSnapshot {
  return fakePipeline({
    id,
    runs: [
      fakeRun({ id: `${id}-sft`, name: "sft", kind: "sft" }),
      fakeRun({ id: `${id}-rlvr`, name: "rlvr", kind: "rlvr" }),
      fakeRun({ id: `${id}-test`, name: "test", kind: "evaluate" }),
      fakeRun({ id: `${id}-base`, name: "base", kind: "evaluate" }),
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

it("pairs the runs that were changed", () => {
  const fork = pipeline("new", ["runs.rlvr.algorithm.kind", "runs.rlvr.steps"]);
  expect(ids(fork)).toEqual(["old-rlvr", "new-rlvr"]);
});

it("pairs all runs where the seed alone differs, and leaves out what the original lacks", () => {
  expect(ids(pipeline("new", ["seed"]))).toHaveLength(8);
  const longer = pipeline("new", ["runs.rlvr.steps", "runs.added"]);
  longer.runs.push(fakeRun({ id: "new-added", name: "added" }));
  expect(ids(longer)).toEqual(["old-rlvr", "new-rlvr"]);
});
