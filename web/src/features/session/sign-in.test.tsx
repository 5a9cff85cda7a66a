import { screen, waitFor } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { expect, it } from "vitest";
import { renderApp } from "@/testing/render-app";
import { api, problem, server } from "@/testing/server";

it("gives the secret once and goes home", async () => {
  const secrets: string[] = [];
  server.use(
    http.post(api("/session"), async ({ request }) => {
      secrets.push(((await request.json()) as { secret: string }).secret);
      return HttpResponse.json({ id: "usr_1", name: "mara", role: "admin" });
    }),
  );
  const { router } = renderApp("/sign-in#s3cret");
  await waitFor(() => expect(router.state.location.pathname).toBe("/"));
  expect(secrets).toEqual(["s3cret"]);
  expect(await screen.findByTestId("user")).toHaveTextContent("mara");
});

it("says that a link is spent, and how to get another", async () => {
  server.use(http.post(api("/session"), () => problem(401, { detail: "unknown secret" })));
  renderApp("/sign-in#old");
  expect(await screen.findByRole("alert")).toHaveTextContent(
    "This sign-in link has expired or was used before.",
  );
  expect(screen.getByText("prism sign-in")).toBeVisible();
});

it("sends whoever is not signed in to the sign-in page", async () => {
  server.use(http.get(api("/session"), () => problem(401)));
  const { router } = renderApp("/runs");
  await waitFor(() => expect(router.state.location.pathname).toBe("/sign-in"));
});

it("ends the session everywhere when it is lost anywhere", async () => {
  const { router } = renderApp("/results");
  expect(await screen.findByTestId("user")).toBeVisible();
  server.use(
    http.get(api("/session"), () => problem(401)),
    http.get(api("/pipelines"), () => problem(401)),
  );
  void router.navigate({ to: "/" });
  await waitFor(() => expect(router.state.location.pathname).toBe("/sign-in"));
});

it("signs in by name and password, and by the provider where there is one", async () => {
  const given: unknown[] = [];
  server.use(
    http.get(api("/session/ways"), () => HttpResponse.json({ provider: "Keycloak" })),
    http.post(api("/session/password"), async ({ request }) => {
      given.push(await request.json());
      return HttpResponse.json({ id: "usr_1", name: "mara", administrator: false, roles: {} });
    }),
  );
  const { router, user } = renderApp("/sign-in");
  expect(await screen.findByRole("button", { name: "Sign in with Keycloak" })).toBeVisible();
  await user.type(screen.getByLabelText("Name"), "mara");
  await user.type(screen.getByLabelText("Password"), "correct horse");
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/"));
  expect(given).toEqual([{ name: "mara", password: "correct horse" }]);
});

it("has an invitation open an account", async () => {
  const given: unknown[] = [];
  server.use(
    http.post(api("/session/invitation"), async ({ request }) => {
      given.push(await request.json());
      return HttpResponse.json({ id: "usr_2", name: "olga", administrator: false, roles: {} });
    }),
  );
  const { router, user } = renderApp("/invitation#s3cret");
  await user.type(await screen.findByLabelText(/^Name/), "olga");
  await user.type(screen.getByLabelText(/^Password/), "correct horse");
  await user.click(screen.getByRole("button", { name: "Join" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/"));
  expect(given).toEqual([{ secret: "s3cret", name: "olga", password: "correct horse" }]);
});
