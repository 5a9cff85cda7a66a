import { http } from "msw";
import type {
  ChangeSnapshot,
  InvitationSnapshot,
  MemberSnapshot,
  SessionSnapshot,
  TokenSnapshot,
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

/** A team of two, with one of everything. */
export const fakePeople = [
  http.get(api("/projects"), () => page({ id: "prj_1", name: "default", created_at: AT })),
  http.get(api("/projects/prj_1/members"), () => page(member)),
  http.get(api("/projects/prj_1/invitations"), () => page(invitation)),
  http.get(api("/projects/prj_1/keys"), () =>
    page({ name: "judge", created_by: "mara", created_at: AT }),
  ),
  http.get(api("/tokens"), () => page(fakeToken)),
  http.get(api("/sessions"), () => page(session, { ...session, id: "ses_2", current: false })),
  http.get(api("/audit-log"), () => page(fakeChange)),
];
