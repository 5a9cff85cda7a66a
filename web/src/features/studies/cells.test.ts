import { expect, it } from "vitest";
import type { StudySnapshot } from "@/api/schema";
import { comparable, progressOf } from "./cells";

type Run = StudySnapshot["cells"][number]["runs"][number];

const run = (id: string, kind: Run["kind"], state: Run["state"] = "succeeded"): Run => ({
  id,
  name: id,
  kind,
  state,
});
const cell = (arm: string, seed: number, ...runs: Run[]) => ({
  arm,
  seed,
  pipeline_id: `pip_${seed}`,
  state: "running" as const,
  runs,
});

it("compares what arms share once, and the last run of a kind", () => {
  const study = {
    cells: [
      cell("grpo", 0, run("s0", "sft"), run("r0", "rlvr"), run("r0-longer", "rlvr")),
      cell("dapo", 0, run("s0", "sft"), run("d0", "rlvr")),
    ],
  } as unknown as StudySnapshot;
  expect(comparable(study, "sft")).toEqual(["s0"]);
  expect(comparable(study, "rlvr")).toEqual(["r0-longer", "d0"]);
  expect(comparable(study, "align")).toEqual([]);
});

it("leads to the run that is worth a look", () => {
  const [one, two] = [run("a", "sft"), run("b", "rlvr", "running")];
  expect(progressOf(cell("x", 0, one, two))).toEqual({ done: 1, of: 2, run: "b" });
  expect(progressOf(cell("x", 0, one, run("b", "rlvr", "blocked")))).toEqual({
    done: 1,
    of: 2,
    run: "a",
  });
  expect(progressOf(cell("x", 0, run("a", "sft", "queued"))).run).toBe("a");
});
