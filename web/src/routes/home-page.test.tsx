import { screen, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { expect, it } from "vitest";
import { fakePipeline, fakeRun } from "@/testing/fake-run";
import { renderApp } from "@/testing/render-app";
import { api, page, problem, server } from "@/testing/server";

it("offers the miniature pipeline where nothing was launched yet", async () => {
  renderApp("/");
  const card = within(await screen.findByTestId("first-launch"));
  expect(card.getByText("About 8 minutes, no GPU needed.")).toBeVisible();
  expect(card.getByRole("link")).toHaveAttribute("href", "/launch?recipe=miniature");
});

it("sorts runs by what they need: watching, patience or help", async () => {
  const runs = [
    fakeRun({ latest: { gap_perception: 1.92 } }),
    fakeRun({ id: "b", name: "grpo", state: "queued", reason: "1 run ahead." }),
    fakeRun({
      id: "c",
      name: "sft",
      state: "failed",
      exit: { kind: "diverged", message: "The loss is not a number." },
    }),
  ];
  server.use(http.get(api("/pipelines"), () => page(fakePipeline({ runs }))));
  renderApp("/");
  expect(await screen.findByTestId("running")).toHaveTextContent("align");
  expect(screen.getByTestId("running")).toHaveTextContent("1.920");
  expect(screen.getByTestId("waiting")).toHaveTextContent("1 run ahead.");
  expect(screen.getByTestId("failed")).toHaveTextContent(
    "failed: divergedThe loss is not a number.",
  );
});

it("shows the next of many runs that wait, and folds the rest away", async () => {
  const waiting = Array.from({ length: 9 }, (_, index) =>
    fakeRun({ id: `w${index}`, name: `wait-${index}`, state: index === 8 ? "queued" : "blocked" }),
  );
  server.use(http.get(api("/pipelines"), () => page(fakePipeline({ runs: waiting }))));
  renderApp("/");
  expect(await screen.findByTestId("run-line-wait-8")).toBeVisible();
  expect(screen.getByTestId("run-line-wait-3")).toBeVisible();
  expect(screen.getByTestId("run-line-wait-4")).not.toBeVisible();
  expect(screen.getByText("4 more")).toBeVisible();
});

it("says what happened and what to do when the server fails", async () => {
  server.use(http.get(api("/pipelines"), () => problem(500, { detail: "Something broke." })));
  renderApp("/");
  const failure = await screen.findByTestId("failure");
  expect(failure).toHaveTextContent("Something broke.");
  expect(failure).toHaveTextContent("look for request r1 in the server's log");
});

it("says so when there is no server at all", async () => {
  server.use(http.get(api("/pipelines"), () => HttpResponse.error()));
  renderApp("/");
  expect(await screen.findByTestId("failure")).toHaveTextContent("The server does not answer.");
});
