import { HttpResponse, http } from "msw";
import { setupServer } from "msw/node";
import type {
  DiskSnapshot,
  Identity,
  Problem,
  Retention,
  StorageUse,
  Validation,
} from "@/api/schema";
import { catalog } from "./fake-catalog";
import { fakeDataset } from "./fake-dataset";
import { fakeRecord } from "./fake-environment";

export const api = (path: string) => `http://localhost:3000/api/v1${path}`;

export function page<Item>(...data: Item[]) {
  return HttpResponse.json({ data, next_cursor: null });
}

export function problem(status: number, changes: Partial<Problem> = {}) {
  return HttpResponse.json(
    {
      type: "about:blank",
      title: "",
      status,
      detail: "",
      code: "",
      errors: [],
      request_id: "r1",
      ...changes,
    },
    { status, headers: { "content-type": "application/problem+json" } },
  );
}

const user: Identity = {
  id: "usr_1",
  name: "mara",
  administrator: true,
  roles: {},
  permissions: ["account", "administer", "identify", "launch", "operate", "read"],
  has_password: true,
};
const disk: DiskSnapshot = { state: "enough", free_bytes: 9, total_bytes: 10, reserve_bytes: 1 };
const valid: Validation = { valid: true, problems: [], runs: [], changes: [] };
const storage: StorageUse = {
  project_id: "prj_1",
  project: "default",
  artifact_bytes: 3 * 2 ** 30,
  max_artifact_bytes: null,
  kinds: [{ kind: "image", count: 2, bytes: 3 * 2 ** 30 }],
  largest: [],
};
const forEver: Retention = {
  metrics_days: null,
  samples_days: null,
  checkpoints_days: null,
  checkpoints_kept: null,
};

/** A server that knows who asks and what can be launched; a test adds what it is about. */
export const server = setupServer(
  http.get(api("/session"), () => HttpResponse.json(user)),
  http.get(api("/storage/disk"), () => HttpResponse.json(disk)),
  http.get(api("/session/ways"), () => HttpResponse.json({ provider: null })),
  http.get(api("/catalog"), () => HttpResponse.json(catalog)),
  http.get(api("/datasets"), () =>
    page(
      fakeDataset({ id: "dat_public", name: "public" }),
      fakeDataset({ id: "dat_curated", name: "curated" }),
    ),
  ),
  http.get(api("/models"), () => page({ name: "base" })),
  http.get(api("/pipelines"), () => page()),
  http.get(api("/runs"), () => page()),
  http.get(api("/views"), () => page()),
  http.get(api("/tags"), () => page({ tag: "paper", runs: 3 })),
  http.get(api("/projects"), () =>
    page({ id: "prj_1", name: "default", created_at: "2026-01-01T00:00:00Z" }),
  ),
  http.get(api("/projects/:project/retention"), () => HttpResponse.json(forEver)),
  http.get(api("/projects/:project/storage"), () => HttpResponse.json(storage)),
  http.get(api("/projects/:project/panels"), () => HttpResponse.json({ panels: [], version: 0 })),
  http.get(api("/runs/:run/checkpoints"), () => page()),
  http.get(api("/alerts"), () => page()),
  http.get(api("/runs/:run/datasets"), () => page()),
  http.get(api("/runs/:run/environment"), ({ params }) =>
    HttpResponse.json(fakeRecord(String(params.run), null, null)),
  ),
  http.get(api("/results"), () => HttpResponse.json({ benchmarks: [], arms: [] })),
  http.get(api("/studies"), () => page()),
  http.post(api("/pipelines\\:validate"), () => HttpResponse.json(valid)),
);
