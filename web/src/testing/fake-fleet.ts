import { http } from "msw";
import type {
  DeviceSnapshot,
  QueueSnapshot,
  QuotaSnapshot,
  UsageRow,
  WorkerSnapshot,
} from "@/api/schema";
import { api, page } from "./server";

export function fakeDevice(changes: Partial<DeviceSnapshot> = {}): DeviceSnapshot {
  return { uuid: "GPU-1", name: "H100", memory: 81_559, use: null, ...changes };
}

const SLOT_RUN = {
  run_id: "run_1",
  run: "align",
  pipeline_id: "pip_1",
  pipeline: "paper-4b",
  number: 12,
};

export function fakeWorker(changes: Partial<WorkerSnapshot> = {}): WorkerSnapshot {
  return {
    id: "wrk_1",
    name: "node-1",
    host: "node-1.lab",
    pid: 7,
    slots: [
      {
        number: 0,
        devices: [
          fakeDevice({
            use: { uuid: "GPU-1", utilisation: 0.93, memory: 64 * 2 ** 30, power: 611 },
          }),
        ],
        busy: true,
        run: SLOT_RUN,
      },
      { number: 1, devices: [fakeDevice({ uuid: "GPU-2" })], busy: false, run: null },
    ],
    queues: ["h100"],
    state: "online",
    registered_at: "2030-01-01T00:00:00Z",
    seen_at: "2030-01-01T00:00:00Z",
    disk: { state: "low", free_bytes: 2 * 2 ** 30, total_bytes: 2 ** 40, reserve_bytes: 2 ** 30 },
    run_ids: ["run_1"],
    ...changes,
  };
}

export const fakeQueue: QueueSnapshot = {
  name: "h100",
  slots: 2,
  free: 1,
  gpus: 2,
  waiting: [
    {
      run_id: "run_2",
      run: "rlvr",
      pipeline_id: "pip_2",
      pipeline: "paper-8b",
      number: 13,
      project_id: "prj_1",
      project: "default",
      priority: 5,
      gpus: 8,
      queued_at: "2030-01-01T00:00:00Z",
      ahead: 0,
      starts: null,
      reason: "No worker of queue h100 has a slot with 8 GPUs",
    },
  ],
  elsewhere: 2,
};

export const fakeQuota: QuotaSnapshot = {
  project_id: "prj_1",
  project: "default",
  max_runs: null,
  max_gpus: 4,
  runs: 1,
  gpus: 1,
};

export const fakeUsage: UsageRow = {
  project_id: "prj_1",
  project: "default",
  person: "mara",
  run_id: null,
  run: null,
  pipeline_id: null,
  pipeline: null,
  runs: 3,
  gpu_seconds: 57_600,
  slot_seconds: 7_200,
};

/** A fleet of one worker with something to do. */
export const fakeFleet = [
  http.get(api("/queues"), () => page(fakeQueue)),
  http.get(api("/workers"), () => page(fakeWorker())),
  http.get(api("/quotas"), () => page(fakeQuota)),
  http.get(api("/usage"), () => page(fakeUsage)),
];
