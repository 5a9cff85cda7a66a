import { expect, it } from "vitest";
import { groupsOf } from "@/components/compared-run";
import { fakePipeline, fakeRun } from "@/testing/fake-run";
import { comparedRuns } from "./compared-runs";
import { differingSettings } from "./differing-settings";

function found(name: string, seed: number, discriminator: string, study: string | null = "std_1") {
  const runs = {
    sft: { kind: "sft", policy: { model: "base" }, steps: 5 },
    warmup: { kind: "warmup", policy: { run: "sft" }, discriminator: { kind: discriminator } },
    [name]: {
      kind: "align",
      policy: { run: "sft" },
      discriminator: { run: "warmup" },
      optimizer: { learning_rate: name === "fast" ? 1e-4 : 1e-5 },
    },
  };
  return {
    run: fakeRun({ id: `run_${name}_${seed}`, name }),
    pipeline: fakePipeline({
      id: `pip_${seed}`,
      number: seed + 1,
      seed,
      study_id: study,
      recipe: { runs },
    }),
  };
}

it("calls a run by what sets it apart", () => {
  const label = (...all: ReturnType<typeof found>[]) => comparedRuns(all).map((one) => one.label);
  expect(label(found("fast", 0, "moe"), found("slow", 0, "moe"))).toEqual(["fast", "slow"]);
  expect(label(found("fast", 0, "moe"), found("fast", 1, "moe"))).toEqual([
    "fast · seed 0",
    "fast · seed 1",
  ]);
  const twin = found("fast", 0, "moe");
  const other = { ...twin, pipeline: { ...twin.pipeline, id: "pip_9", number: 9 } };
  expect(label(twin, other)).toEqual(["fast · #1", "fast · #9"]);
});

it("takes the seeds of one arm together, and only those", () => {
  const runs = comparedRuns([
    found("fast", 0, "moe"),
    found("slow", 0, "moe"),
    found("fast", 1, "moe"),
    found("fast", 2, "moe", null),
  ]);
  const groups = groupsOf(runs, true);
  expect(groups.map(({ label, place, members }) => [label, place, members.length])).toEqual([
    ["fast", 0, 2],
    ["slow · seed 0", 1, 1],
    ["fast · seed 2", 3, 1],
  ]);
  expect(groupsOf(runs, false)).toHaveLength(4);
});

it("shows settings that differ, those of the runs that one starts from too", () => {
  const runs = comparedRuns([found("fast", 0, "moe"), found("slow", 0, "dense")]);
  expect(differingSettings(runs)).toEqual([
    { path: "align.optimizer.learning_rate", values: ["0.0001", "0.00001"] },
    { path: "from warmup.discriminator.kind", values: ["moe", "dense"] },
  ]);
  const seeds = comparedRuns([found("fast", 0, "moe"), found("fast", 1, "moe")]);
  expect(differingSettings(seeds)).toEqual([{ path: "seed", values: ["0", "1"] }]);
});

it("compares settings of a kind among the runs of that kind, and says in a line who lacks it", () => {
  const [fast, slow] = [found("fast", 0, "moe"), found("slow", 0, "moe")];
  const tuned = { ...fast, run: fakeRun({ id: "run_sft", name: "sft", kind: "sft" }) };
  expect(differingSettings(comparedRuns([fast, slow, tuned]))).toEqual([
    { path: "kind", values: ["align", "align", "sft"] },
    { path: "align.optimizer.learning_rate", values: ["0.0001", "0.00001", undefined] },
    { path: "from sft", values: ["yes", "yes", undefined] },
    { path: "from warmup", values: ["yes", "yes", undefined] },
  ]);
});
