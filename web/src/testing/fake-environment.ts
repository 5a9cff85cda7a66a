import type { Environment, RunEnvironment } from "@/api/schema";

export function fakeEnvironment(changes: Partial<Environment> = {}): Environment {
  return {
    code: {
      version: "0.1.0",
      commit: "c0ffee".padEnd(40, "0"),
      remote: "https://git.example/prism.git",
      changed: ["prism_engine/loop.py"],
      diff_sha256: "d".repeat(64),
      diff_cut: false,
      untracked: ["notes.txt"],
    },
    python: "3.11.7",
    packages: { numpy: "2.4.0", pillow: "12.0.0", torch: "2.12.0" },
    lock_sha256: "a".repeat(64),
    platform: "Linux-6.1-x86_64",
    processor: "AMD EPYC",
    processors: 2,
    memory: 24 * 2 ** 30,
    gpus: [],
    driver: null,
    cuda: null,
    cudnn: null,
    ranks: 1,
    threads: 1,
    seed: 0,
    data: { data: { path: "/data/curated/data.jsonl", sha256: "e".repeat(64), size: 4096 } },
    settings: { steps: 40 },
    ...changes,
  };
}

export function fakeRecord(
  runId: string,
  attempt: number | null,
  environment: Environment | null,
): RunEnvironment {
  return {
    run_id: runId,
    attempt,
    recorded_at: environment && "2030-01-01T10:00:02Z",
    environment,
    inputs: environment
      ? [{ role: "policy", kind: "model", name: "base", fingerprint: "b".repeat(64) }]
      : [],
  };
}
