import type { PipelineSnapshot, RunSnapshot } from "@/api/schema";

export function fakeRun(changes: Partial<RunSnapshot> = {}): RunSnapshot {
  return {
    id: "run_align",
    pipeline_id: "pip_1",
    name: "align",
    kind: "align",
    state: "running",
    desired_state: "run",
    attempt: 1,
    steps: 40,
    step: 3,
    config: { game: { score_penalty: 0.001 } },
    parents: [],
    exit: null,
    queue: "default",
    worker_id: "wrk_1",
    reason: null,
    created_at: "2030-01-01T10:00:00Z",
    claimed_at: "2030-01-01T10:00:01Z",
    started_at: "2030-01-01T10:00:02Z",
    finished_at: null,
    seconds_left: 60,
    version: 1,
    latest: {},
    ...changes,
  };
}

export function fakePipeline(changes: Partial<PipelineSnapshot> = {}): PipelineSnapshot {
  return {
    id: "pip_1",
    number: 7,
    name: "miniature",
    project_id: "prj_1",
    seed: 0,
    state: "running",
    recipe: {},
    created_at: "2030-01-01T10:00:00Z",
    created_by: "mara",
    finished_at: null,
    version: 1,
    runs: [fakeRun()],
    ...changes,
  };
}
