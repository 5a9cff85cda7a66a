import type { ExpertAudit, PipelineSnapshot, RunAudit, RunSnapshot } from "@/api/schema";

export function fakeRun(changes: Partial<RunSnapshot> = {}): RunSnapshot {
  return {
    id: "run_align",
    pipeline_id: "pip_1",
    pipeline_name: "miniature",
    pipeline_number: 7,
    project_id: "prj_1",
    name: "align",
    kind: "align",
    state: "running",
    desired_state: "run",
    attempt: 1,
    steps: 40,
    step: 3,
    config: { game: { score_penalty: 0.001 } },
    parents: [],
    sources: [],
    exit: null,
    queue: "default",
    worker_id: "wrk_1",
    ahead: null,
    reason: null,
    starts: null,
    created_at: "2030-01-01T10:00:00Z",
    claimed_at: "2030-01-01T10:00:01Z",
    started_at: "2030-01-01T10:00:02Z",
    finished_at: null,
    seconds_left: 60,
    stalled_at: null,
    archived_at: null,
    version: 1,
    tags: [],
    note: "",
    latest: {},
    audit: null,
    ...changes,
  };
}

function fakeExpert(accuracy: number, gap: number): ExpertAudit {
  const estimate = (value: number) => ({ value, low: value - 0.06, high: value + 0.06, n: 256 });
  return {
    accuracy: estimate(accuracy),
    length_accuracy: estimate(0.52),
    gap,
    saturation_gap: 6.43,
    score_spread: 1.2,
    ties: 3,
  };
}

export function fakeAudit(changes: Partial<RunAudit> = {}): RunAudit {
  return {
    step: 25,
    attempt: 1,
    at: "2030-01-01T10:00:30Z",
    pairs: 256,
    verdict: "healthy",
    reason: "It tells the two sides apart in 71% of held-out pairs.",
    valid_share: 0.97,
    experts: { perception: fakeExpert(0.71, 1.9), reasoning: fakeExpert(0.66, 2.3) },
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
    forked_from: null,
    archived_at: null,
    finished_at: null,
    version: 1,
    tags: [],
    note: "",
    study_id: null,
    runs: [fakeRun()],
    ...changes,
  };
}
