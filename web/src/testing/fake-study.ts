import { HttpResponse, http } from "msw";
import type { ArmResult, StudySnapshot } from "@/api/schema";
import { fakePipeline, fakeRun } from "./fake-run";
import { api, page } from "./server";

const SEEDS = [0, 1];
const ARMS = ["grpo", "dapo"];

const runOf = (arm: string, seed: number) =>
  fakeRun({ id: `run_${arm}_${seed}`, pipeline_id: `pip_${seed}`, name: arm, kind: "rlvr" });

const pipelines = SEEDS.map((seed) =>
  fakePipeline({
    id: `pip_${seed}`,
    number: seed + 1,
    seed,
    study_id: "std_1",
    recipe: {
      runs: Object.fromEntries(
        ARMS.map((arm) => [arm, { kind: "rlvr", algorithm: { kind: arm } }]),
      ),
    },
    runs: ARMS.map((arm) => runOf(arm, seed)),
  }),
);

const study: StudySnapshot = {
  id: "std_1",
  name: "which-way",
  project_id: "prj_1",
  state: "running",
  recipe: {},
  grid: { settings: { "rlvr.algorithm": ARMS }, ablations: [], seeds: SEEDS, labels: {} },
  arms: ARMS.map((arm) => ({ label: arm, changes: { "rlvr.algorithm": arm }, runs: [arm] })),
  seeds: SEEDS,
  most_at_once: 4,
  created_at: "2030-01-01T10:00:00Z",
  created_by: "mara",
  pipelines: pipelines.map(({ id }) => id),
  cells: ARMS.flatMap((arm) =>
    SEEDS.map((seed) => ({
      arm,
      seed,
      pipeline_id: `pip_${seed}`,
      state: "running",
      runs: [{ id: `run_${arm}_${seed}`, name: arm, kind: "rlvr", state: "running" }],
    })),
  ),
};

function result(arm: string, seed: number): ArmResult {
  const value = arm === "dapo" ? 0.6 : 0.5;
  return {
    arm,
    run_id: `run_test_${arm}_${seed}`,
    pipeline_id: `pip_${seed}`,
    seed,
    study_id: "std_1",
    benchmark: "shapes",
    scores: {
      accuracy_greedy: { value: value + seed / 50, low: value - 0.1, high: value + 0.1, n: 64 },
    },
    supervision: {},
    majority: 0.25,
    seconds: 5,
    paired: null,
  };
}

const results = ARMS.flatMap((arm) => SEEDS.map((seed) => result(arm, seed)));

/** The scores of all arms and seeds. */
export const studyResults = { benchmarks: ["shapes"], arms: results };

const said = (text: string) => ({
  text,
  valid: true,
  tokens: 9,
  answer: "3",
  correct: true,
  caption: { text: `- ${text}`, score: 0.5 },
  reasoning: { text: "Three.", score: 0.1 },
  rewards: {},
});

/** The addresses of the study's runs, with commas between. */
export const STUDY_RUNS = results.map(({ arm, seed }) => `run_${arm}_${seed}`).join(",");

/** A study of two arms with two seeds, as far as pages ask for it. */
export const fakeStudy = [
  http.get(api("/studies/std_1"), () => HttpResponse.json(study)),
  http.get(api("/studies/std_1/results"), () => HttpResponse.json(studyResults)),
  http.get(api("/studies"), () =>
    page({ ...study, arms: study.arms.length, seeds: study.seeds.length }),
  ),
  ...pipelines.flatMap((pipeline) => [
    http.get(api(`/pipelines/${pipeline.id}`), () => HttpResponse.json(pipeline)),
    ...pipeline.runs.map((run) => http.get(api(`/runs/${run.id}`), () => HttpResponse.json(run))),
  ]),
  http.get(api("/compared-pipelines"), () => page(...pipelines)),
  http.get(api("/runs/:run/metrics"), ({ params }) =>
    HttpResponse.json({
      run_id: params.run,
      series: [{ name: "gap_perception", points: [[1, 2, 2, 2, 1]] }],
      progress: [],
      cursor: "",
    }),
  ),
  http.get(api("/comparison"), () =>
    HttpResponse.json({
      benchmarks: ["shapes"],
      baseline: "run_grpo_0",
      results: results.map((one) => ({ compared: `run_${one.arm}_${one.seed}`, result: one })),
    }),
  ),
  http.get(api("/shared-samples"), () =>
    HttpResponse.json({
      items: [{ item: "cups", runs: 4 }],
      item: "cups",
      samples: results.map(({ arm, seed }) => ({
        run_id: `run_${arm}_${seed}`,
        newest: {
          step: 3,
          attempt: 1,
          sample: {
            item: "cups",
            question: "How many?",
            gold: "3",
            images: [],
            demonstration: said("three cups"),
            rollouts: [said(`three ${arm} cups`)],
          },
        },
      })),
    }),
  ),
];
