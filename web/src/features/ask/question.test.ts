import { expect, it } from "vitest";
import type { CheckpointSnapshot, NamedCheckpoint } from "@/api/schema";
import { fakePipeline, fakeRun } from "@/testing/fake-run";
import {
  ancestors,
  offeredRuns,
  parentPolicy,
  type Question,
  readQuestion,
  recipeOf,
  samplingOf,
  sourcesOf,
} from "./question";

function saved(id: string, changes: Partial<CheckpointSnapshot> = {}): CheckpointSnapshot {
  return {
    id,
    run_id: "run_sft",
    attempt: 1,
    step: 20,
    kind: "exported",
    role: "policy",
    size: 1,
    location: "file:///x",
    created_at: "2030-01-01T10:00:00Z",
    durable_at: "2030-01-01T10:00:00Z",
    deleted_at: null,
    names: [],
    ...changes,
  };
}

const sft = fakeRun({
  id: "run_sft",
  name: "sft",
  kind: "sft",
  config: { policy: { model: "base" } },
});
const warmup = fakeRun({
  id: "run_warmup",
  name: "warmup",
  kind: "warmup",
  config: { policy: { run: "sft" } },
  parents: [{ role: "policy", run_id: "run_sft", run: "sft" }],
});
const align = fakeRun({
  config: { policy: { run: "sft" }, discriminator: { run: "warmup" } },
  parents: [
    { role: "policy", run_id: "run_sft", run: "sft" },
    { role: "discriminator", run_id: "run_warmup", run: "warmup" },
  ],
});
const test = fakeRun({ id: "run_test", name: "test", kind: "evaluate" });
const pipeline = fakePipeline({ runs: [sft, warmup, align, test] });

it("finds what a run goes back to, and who could judge it", () => {
  expect(ancestors(pipeline, align).map(({ name }) => name)).toEqual(["align", "sft", "warmup"]);
  expect(offeredRuns(pipeline, sft).map(({ name }) => name)).toEqual(["sft", "warmup", "align"]);
});

const lists = [
  {
    run: align,
    checkpoints: [saved("ckp_a", { step: 40 }), saved("ckp_d", { role: "discriminator" })],
  },
  {
    run: sft,
    checkpoints: [
      saved("ckp_lost", { durable_at: null }),
      saved("ckp_state", { kind: "resumable" }),
      saved("ckp_s"),
      saved("ckp_old", { step: 10 }),
    ],
  },
];
const named: NamedCheckpoint[] = [
  {
    name: "best",
    created_by: "mara",
    created_at: "2030-01-01T10:00:00Z",
    checkpoint: saved("ckp_n"),
    run: "rlvr",
    pipeline_id: "pip_2",
    pipeline: "paper",
    number: 3,
  },
  {
    name: "same",
    created_by: "mara",
    created_at: "2030-01-01T10:00:00Z",
    checkpoint: saved("ckp_s"),
    run: "sft",
    pipeline_id: "pip_1",
    pipeline: "miniature",
    number: 7,
  },
];

it("offers the newest usable export of each run, named checkpoints and what came first", () => {
  expect(
    sourcesOf("policy", lists, named).map(({ label, reference }) => [label, reference]),
  ).toEqual([
    ["align, step 40", { checkpoint: "ckp_a" }],
    ["sft, step 20", { checkpoint: "ckp_s" }],
    ["best · rlvr of paper #3", { checkpoint: "ckp_n" }],
    ["model base", { model: "base" }],
  ]);
  expect(sourcesOf("discriminator", lists, named).map(({ label }) => label)).toEqual([
    "align, step 20",
  ]);
});

it("stands before a stage: the export that it started from, or the model", () => {
  expect(parentPolicy(align, lists)).toEqual({ checkpoint: "ckp_s" });
  expect(parentPolicy(sft, lists)).toEqual({ model: "base" });
  expect(parentPolicy(align, [])).toBeUndefined();
});

const question: Question = {
  text: "How many cups?",
  images: ["a".repeat(64)],
  before: { model: "base" },
  after: { checkpoint: "ckp_a" },
  discriminator: { checkpoint: "ckp_d" },
  samples: 2,
  temperature: 0.7,
  longest: 512,
};

it("writes one run for every policy, computed as the checkpoint's own run was", () => {
  const run = fakeRun({
    queue: "h100",
    config: { dtype: "bfloat16", resources: { gpus: 8, gpu_memory: 80, queue: "h100" } },
  });
  const asked = {
    kind: "ask",
    discriminator: { checkpoint: "ckp_d" },
    question: "How many cups?",
    images: ["a".repeat(64)],
    samples_per_item: 2,
    sampling: { temperature: 0.7, max_new_tokens: 512 },
    dtype: "bfloat16",
    resources: { queue: "h100", gpus: 1, gpu_memory: 80 },
  };
  expect(recipeOf(question, run, 5)).toEqual({
    name: "question",
    seed: 5,
    runs: {
      before: { ...asked, policy: { model: "base" } },
      after: { ...asked, policy: { checkpoint: "ckp_a" } },
    },
  });
  const alone = recipeOf({ ...question, before: undefined }, fakeRun({ config: {} }), 5);
  expect(Object.keys(alone.runs as object)).toEqual(["after"]);
});

it("reads a question back as it was asked", () => {
  const runs = recipeOf(question, fakeRun({ config: {} }), 5).runs as Record<string, object>;
  const asked = fakePipeline({
    runs: Object.entries(runs).map(([name, config]) =>
      fakeRun({ id: name, name, kind: "ask", config: { ...config } }),
    ),
  });
  expect(readQuestion(asked)).toEqual(question);
  expect(readQuestion(pipeline)).toBeUndefined();
});

it("draws as the run did, and no longer than a thousand tokens where that draws nothing", () => {
  const drawn = fakeRun({ config: { sampling: { temperature: 0.6, max_new_tokens: 48 } } });
  expect(samplingOf(drawn)).toEqual({ temperature: 0.6, longest: 48 });
  expect(samplingOf(sft)).toEqual({ temperature: 1, longest: 1024 });
});
