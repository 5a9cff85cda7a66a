import { expect, it } from "vitest";
import type { ArmResult } from "@/api/schema";
import { type Row, rowsOf } from "./rows";
import { foldedSeeds } from "./seeds";

function result(arm: string, seed: number, value: number, study: string | null = "std_1") {
  return {
    arm,
    run_id: `run_${arm}_${seed}`,
    pipeline_id: `pip_${seed}`,
    seed,
    study_id: study,
    benchmark: "shapes",
    scores: { accuracy_greedy: { value, low: value - 0.1, high: value + 0.1, n: 512 } },
    supervision: {},
    majority: 0.25,
    seconds: 10 * (seed + 1),
    paired: null,
  } satisfies ArmResult;
}

it("folds the seeds of an arm to their mean and its interval over seeds", () => {
  const rows = foldedSeeds(
    rowsOf([
      result("grpo", 0, 0.5),
      result("grpo", 1, 0.6),
      result("grpo", 2, 0.7),
      result("dapo", 0, 0.9),
    ]),
  );
  expect(rows.map(({ arm, seeds }) => [arm, seeds])).toEqual([
    ["grpo", 3],
    ["dapo", undefined],
  ]);
  const [folded] = rows;
  const { scores, seconds } = (folded as Row).scored.shapes as ArmResult;
  // Deviation 0.1 over three seeds: 4.303 × 0.1 / sqrt(3) = 0.2484.
  expect(scores.accuracy_greedy?.value).toBeCloseTo(0.6, 10);
  expect(scores.accuracy_greedy?.low).toBeCloseTo(0.6 - 0.2484, 4);
  expect(scores.accuracy_greedy?.n).toBe(512);
  expect(seconds).toBe(20);
  expect(rows[1]?.scored.shapes?.scores.accuracy_greedy?.low).toBeCloseTo(0.8, 10);
});

it("leaves pipelines apart that belong to no study", () => {
  const rows = foldedSeeds(rowsOf([result("grpo", 0, 0.5, null), result("grpo", 1, 0.6, null)]));
  expect(rows.map(({ pipelineId, seeds }) => [pipelineId, seeds])).toEqual([
    ["pip_0", undefined],
    ["pip_1", undefined],
  ]);
});
