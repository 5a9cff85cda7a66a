import { HttpResponse, http } from "msw";
import type {
  AlertSnapshot,
  ChangeSnapshot,
  DeliverySnapshot,
  InvitationSnapshot,
  MemberSnapshot,
  SessionSnapshot,
  TokenSnapshot,
  UserSnapshot,
  WebhookSnapshot,
} from "@/api/schema";
import { api, page } from "./server";

const AT = "2026-01-01T00:00:00Z";

export const fakeToken: TokenSnapshot = {
  id: "tok_1",
  name: "ci",
  ending: "a1b2",
  permissions: ["identify", "read"],
  project_ids: null,
  queues: null,
  created_at: AT,
  expires_at: AT,
  used_at: null,
};

const member: MemberSnapshot = { user_id: "usr_2", name: "olga", role: "viewer", created_at: AT };

const invitation: InvitationSnapshot = {
  id: "inv_1",
  role: "member",
  created_by: "mara",
  created_at: AT,
  expires_at: AT,
};

const session: SessionSnapshot = {
  id: "ses_1",
  method: "password",
  address: "127.0.0.1",
  agent: "Firefox",
  created_at: AT,
  seen_at: AT,
  expires_at: AT,
  current: true,
};

export const fakeChange: ChangeSnapshot = {
  position: 7,
  at: AT,
  actor_id: "usr_1",
  actor: "mara",
  address: "127.0.0.1",
  request_id: "req_1",
  action: "change",
  kind: "membership",
  object_id: "usr_2:prj_1",
  project_id: "prj_1",
  before: { role: "viewer" },
  after: { role: "admin" },
};

export const fakeWebhook: WebhookSnapshot = {
  id: "whk_1",
  url: "https://example.org/hooks/prism",
  topics: ["alert.raised"],
  kind: "standard",
  created_by: "mara",
  created_at: AT,
};

export const fakeDelivery: DeliverySnapshot = {
  id: "msg_1",
  topic: "ping",
  state: "failed",
  payload: {},
  tries: [{ at: AT, status: 500, problem: "answered with status 500" }],
  created_at: AT,
  due_at: AT,
};

const user: UserSnapshot = {
  id: "usr_2",
  name: "olga",
  administrator: false,
  has_password: false,
  created_at: AT,
  disabled_at: null,
};

const alert: AlertSnapshot = {
  id: "alr_1",
  kind: "saturated",
  message: "99% of pairs",
  project_id: "prj_1",
  pipeline_id: "pip_1",
  pipeline_name: "miniature",
  pipeline_number: 7,
  run_id: "run_align",
  run: "align",
  step: 40,
  created_at: AT,
};

const full: AlertSnapshot = {
  id: "alr_2",
  kind: "disk_full",
  message: "The disk of worker node-1 is full",
  project_id: null,
  pipeline_id: null,
  pipeline_name: null,
  pipeline_number: null,
  run_id: null,
  run: null,
  step: null,
  created_at: AT,
};

/** A team of two, with one of everything. */
export const fakePeople = [
  http.get(api("/projects"), () => page({ id: "prj_1", name: "default", created_at: AT })),
  http.get(api("/projects/prj_1/members"), () => page(member)),
  http.get(api("/projects/prj_1/invitations"), () => page(invitation)),
  http.get(api("/projects/prj_1/keys"), () =>
    page({ name: "judge", created_by: "mara", created_at: AT }),
  ),
  http.get(api("/runs/:run/metrics"), () =>
    HttpResponse.json({ run_id: "run_align", series: [], progress: [], cursor: "" }),
  ),
  http.get(api("/tokens"), () => page(fakeToken)),
  http.get(api("/worker-tokens"), () => page({ ...fakeToken, id: "tok_2", queues: ["a100"] })),
  http.get(api("/users"), () => page(user)),
  http.get(api("/alerts"), () => page(full, alert)),
  http.get(api("/projects/prj_1/webhooks"), () => page(fakeWebhook)),
  http.get(api("/projects/prj_1/webhooks/whk_1/deliveries"), () => page(fakeDelivery)),
  http.get(api("/sessions"), () => page(session, { ...session, id: "ses_2", current: false })),
  http.get(api("/audit-log"), () => page(fakeChange)),
];
