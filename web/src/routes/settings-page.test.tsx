import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, it } from "vitest";
import { fakeDelivery, fakePeople, fakeToken, fakeWebhook } from "@/testing/fake-people";
import { renderApp } from "@/testing/render-app";
import { api, page, problem, server } from "@/testing/server";

beforeEach(() => server.use(...fakePeople));

it("makes a token, shows its secret once, and revokes it", async () => {
  const asked: unknown[] = [];
  const ended: unknown[] = [];
  server.use(
    http.post(api("/tokens"), async ({ request }) => {
      asked.push(await request.json());
      return HttpResponse.json({ token: fakeToken, secret: "prism_secret" }, { status: 201 });
    }),
    http.delete(api("/tokens/:id"), ({ params }) => {
      ended.push(params.id);
      return new HttpResponse(null, { status: 204 });
    }),
  );
  const { user } = renderApp("/settings?section=tokens");
  await user.type(await screen.findByLabelText("Name"), "ci");
  await user.selectOptions(screen.getByLabelText("Good for"), "Read and launch");
  await user.click(screen.getByRole("button", { name: "Make a token" }));
  expect(await screen.findByTestId("shown-once")).toHaveTextContent("prism_secret");
  expect(asked).toEqual([
    { name: "ci", permissions: ["read", "launch"], project_id: null, expires_in_days: 90 },
  ]);
  await user.click(await screen.findByRole("button", { name: "Revoke" }));
  await user.click(await screen.findByTestId("confirm"));
  await waitFor(() => expect(ended).toEqual(["tok_1"]));
});

it("gives a role and makes an invitation", async () => {
  const asked: unknown[] = [];
  const link = { url: "http://localhost/invitation#s", expires_at: "2026-01-08T00:00:00Z" };
  server.use(
    http.put(api("/projects/prj_1/members/usr_2"), async ({ request }) => {
      asked.push(await request.json());
      return HttpResponse.json({});
    }),
    http.post(api("/projects/prj_1/invitations"), async ({ request }) => {
      asked.push(await request.json());
      return HttpResponse.json({ link }, { status: 201 });
    }),
  );
  const { user } = renderApp("/settings?section=members");
  await user.selectOptions(await screen.findByLabelText("Role of olga"), "admin");
  await user.click(screen.getByRole("button", { name: "Make a link" }));
  expect(await screen.findByTestId("shown-once")).toHaveTextContent(link.url);
  expect(asked).toEqual([{ role: "admin" }, { role: "member" }]);
});

it("sets a key without showing it, and forgets another", async () => {
  const asked: unknown[] = [];
  const ended: unknown[] = [];
  server.use(
    http.put(api("/projects/prj_1/keys/teacher"), async ({ request }) => {
      asked.push(await request.json());
      return HttpResponse.json({});
    }),
    http.delete(api("/projects/prj_1/keys/:name"), ({ params }) => {
      ended.push(params.name);
      return new HttpResponse(null, { status: 204 });
    }),
  );
  const { user } = renderApp("/settings?section=members");
  await user.type(await screen.findByLabelText("Name of the key"), "teacher");
  const secret = screen.getByLabelText("Secret");
  expect(secret).toHaveAttribute("type", "password");
  await user.type(secret, "sk-0123456789");
  await user.click(screen.getByRole("button", { name: "Set the key" }));
  await waitFor(() => expect(asked).toEqual([{ value: "sk-0123456789" }]));
  expect(secret).toHaveValue("");
  await user.click(await screen.findByRole("button", { name: "Forget" }));
  await user.click(await screen.findByTestId("confirm"));
  await waitFor(() => expect(ended).toEqual(["judge"]));
});

it("says what was changed by whom, from what to what", async () => {
  const { user } = renderApp("/settings?section=audit-log");
  const row = await screen.findByTestId("row-7");
  expect(row).toHaveTextContent("mara");
  expect(row).toHaveTextContent("role: viewer → admin");
  server.use(
    http.get(api("/audit-log"), ({ request }) => {
      expect(new URL(request.url).searchParams.get("kind")).toBe("token");
      return page();
    }),
  );
  await user.selectOptions(screen.getByLabelText("What"), "token");
  expect(await screen.findByText(/Nothing was changed/)).toBeVisible();
});

it("signs another browser out, and not this one", async () => {
  const ended: unknown[] = [];
  server.use(
    http.delete(api("/sessions/:id"), ({ params }) => {
      ended.push(params.id);
      return new HttpResponse(null, { status: 204 });
    }),
  );
  const { user } = renderApp("/settings");
  expect(await screen.findByTestId("row-ses_1")).toHaveTextContent("this one");
  const other = screen.getByTestId("row-ses_2");
  await user.click(within(other).getByRole("button", { name: "Sign out" }));
  await waitFor(() => expect(ended).toEqual(["ses_2"]));
});

it("adds a webhook, sends a test, and sends again what was given up", async () => {
  const asked: unknown[] = [];
  server.use(
    http.post(api("/projects/prj_1/webhooks"), async ({ request }) => {
      asked.push(await request.json());
      return HttpResponse.json({ webhook: fakeWebhook, secret: "whsec_1" }, { status: 201 });
    }),
    http.post(api("/projects/prj_1/webhooks/whk_1/ping"), () => {
      asked.push("ping");
      return HttpResponse.json(fakeDelivery, { status: 202 });
    }),
    http.post(api("/projects/prj_1/webhooks/whk_1/deliveries/:id/redeliver"), ({ params }) => {
      asked.push(params.id);
      return HttpResponse.json({ ...fakeDelivery, state: "pending" }, { status: 202 });
    }),
  );
  const { user } = renderApp("/settings?section=webhooks");
  await user.type(await screen.findByLabelText("Address"), "https://example.org/hooks/prism");
  await user.click(screen.getByRole("checkbox", { name: "ends of pipelines" }));
  await user.click(screen.getByRole("button", { name: "Add the webhook" }));
  expect(await screen.findByTestId("shown-once")).toHaveTextContent("whsec_1");
  await user.click(screen.getByRole("button", { name: "Send a test" }));
  const log = within(await screen.findByTestId("deliveries"));
  expect(await log.findByText("given up")).toBeVisible();
  expect(log.getByText("answered with status 500")).toBeVisible();
  await user.click(log.getByRole("button", { name: "Send again" }));
  await waitFor(() =>
    expect(asked).toEqual([
      {
        url: "https://example.org/hooks/prism",
        kind: "standard",
        topics: ["alert.raised"],
      },
      "ping",
      "msg_1",
    ]),
  );
});

it("says why a webhook is refused", async () => {
  server.use(
    http.post(api("/projects/prj_1/webhooks"), () =>
      problem(422, { detail: "url: leave the password out of the address" }),
    ),
  );
  const { user } = renderApp("/settings?section=webhooks");
  await user.type(await screen.findByLabelText("Address"), "https://me:secret@example.org/");
  await user.click(screen.getByRole("button", { name: "Add the webhook" }));
  expect(await screen.findByTestId("failure")).toHaveTextContent("leave the password out");
});

it("opens an account, shows its link once, and disables another", async () => {
  const asked: unknown[] = [];
  const set_up = { url: "http://localhost/set-up#s", expires_at: "2026-01-08T00:00:00Z" };
  server.use(
    http.post(api("/users"), async ({ request }) => {
      asked.push(await request.json());
      return HttpResponse.json({ user: {}, set_up }, { status: 201 });
    }),
    http.patch(api("/users/usr_2"), async ({ request }) => {
      asked.push(await request.json());
      return HttpResponse.json({});
    }),
  );
  const { user } = renderApp("/settings?section=users");
  await user.type(await screen.findByLabelText(/^Name/), "vera");
  await user.click(screen.getByRole("button", { name: "Open an account" }));
  expect(await screen.findByTestId("shown-once")).toHaveTextContent(set_up.url);
  await user.click(screen.getByRole("button", { name: "Disable" }));
  await user.click(await screen.findByTestId("confirm"));
  await waitFor(() =>
    expect(asked).toEqual([{ name: "vera", administrator: false }, { disabled: true }]),
  );
});

it("makes a token for workers of some queues", async () => {
  const asked: unknown[] = [];
  server.use(
    http.post(api("/worker-tokens"), async ({ request }) => {
      asked.push(await request.json());
      return HttpResponse.json({ token: fakeToken, secret: "prism_worker" }, { status: 201 });
    }),
  );
  const { user } = renderApp("/settings?section=worker-tokens");
  await user.type(await screen.findByLabelText("Name"), "gpu-1");
  await user.type(screen.getByLabelText("Queues, by commas"), "a100, default");
  await user.clear(screen.getByLabelText("Days"));
  await user.click(screen.getByRole("button", { name: "Make a token" }));
  expect(await screen.findByTestId("shown-once")).toHaveTextContent("prism_worker");
  expect(asked).toEqual([
    { name: "gpu-1", queues: ["a100", "default"], project_ids: null, expires_in_days: null },
  ]);
});

it("lists alerts with the way to what they are about", async () => {
  renderApp("/settings?section=alerts");
  const row = within(await screen.findByTestId("row-alr_1"));
  expect(row.getByText("99% of pairs")).toBeVisible();
  expect(row.getByRole("link")).toHaveAttribute("href", "/pipelines/pip_1?run=align");
  const disk = screen.getByTestId("row-alr_2");
  expect(disk).toHaveTextContent("disk fullthe installationThe disk of worker node-1 is full");
});
