import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http } from "msw";
import { expect, it } from "vitest";
import { fakeRun } from "@/testing/fake-run";
import { renderApp } from "@/testing/render-app";
import { api, page, server } from "@/testing/server";

it("goes to a run that is found by its name, by keyboard alone", async () => {
  const asked: (string | null)[] = [];
  server.use(
    http.get(api("/runs"), ({ request }) => {
      asked.push(new URL(request.url).searchParams.get("filter"));
      return page(fakeRun({ name: "align-paper" }));
    }),
    http.get(api("/pipelines/pip_1"), () => page()),
  );
  const { router } = renderApp("/results");
  await screen.findByTestId("user");
  await userEvent.keyboard("{Control>}k{/Control}");
  const box = await screen.findByRole("combobox", { name: /Find a run/ });
  expect(box).toHaveFocus();
  await userEvent.type(box, "pap");
  expect(await screen.findByRole("option", { name: /align-paper/ })).toBeVisible();
  expect(asked.at(-1)).toBe('"pap"');
  await userEvent.keyboard("{Enter}");
  await waitFor(() => expect(router.state.location.href).toBe("/pipelines/pip_1?run=align-paper"));
});

it("goes to a page by two keys, and lists all keys of the page", async () => {
  server.use(http.get(api("/runs"), () => page(fakeRun())));
  const { router } = renderApp("/results");
  await screen.findByTestId("user");
  await userEvent.keyboard("gr");
  await waitFor(() => expect(router.state.location.pathname).toBe("/runs"));
  await router.navigate({ to: "/runs", search: { view: "runs" } });
  await screen.findByLabelText("Filter runs");
  await userEvent.keyboard("?");
  const keys = within(await screen.findByTestId("keys"));
  expect(keys.getByText("Next run")).toBeVisible();
  expect(keys.getByText("Go to Results")).toBeVisible();
  await userEvent.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByTestId("keys")).not.toBeInTheDocument());
});

it("lets somebody skip what stands around the page", async () => {
  renderApp("/results");
  await screen.findByTestId("user");
  await userEvent.tab();
  const skip = screen.getByRole("link", { name: "Skip to the page" });
  expect(skip).toHaveFocus();
  await userEvent.keyboard("{Enter}");
  expect(screen.getByRole("main")).toHaveFocus();
});
