import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, it } from "vitest";
import { fakePeople, fakeToken } from "@/testing/fake-people";
import { renderApp } from "@/testing/render-app";
import { api, page, server } from "@/testing/server";

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
