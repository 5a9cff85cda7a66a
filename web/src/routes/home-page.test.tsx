import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { expect, it } from "vitest";
import type { RunSnapshot } from "@/api/schema";
import { fakePipeline, fakeRun } from "@/testing/fake-run";
import { renderApp } from "@/testing/render-app";
import { api, page, problem, server } from "@/testing/server";

/** A pipeline with these runs, which the list of runs knows by their states. */
function runs(...all: RunSnapshot[]) {
  server.use(
    http.get(api("/pipelines"), () => page(fakePipeline({ runs: all }))),
    http.get(api("/runs"), ({ request }) => {
      const filter = new URL(request.url).searchParams.get("filter") ?? "";
      return page(...all.filter(({ state }) => filter.includes(state)));
    }),
  );
}

it("offers the miniature pipeline where nothing was launched yet", async () => {
  renderApp("/");
  const card = within(await screen.findByTestId("first-launch"));
  expect(card.getByText("About 8 minutes, no GPU needed.")).toBeVisible();
  expect(card.getByRole("link")).toHaveAttribute("href", "/launch?recipe=miniature");
});

it("sorts runs by what they need: watching, patience or help", async () => {
  localStorage.setItem("prism-last-here", "0");
  runs(
    fakeRun({ latest: { gap_perception: 1.92 }, step: 12 }),
    fakeRun({ id: "b", name: "grpo", state: "queued", reason: "1 run ahead." }),
    fakeRun({
      id: "c",
      name: "sft",
      state: "failed",
      exit: { kind: "diverged", message: "The loss is not a number." },
      finished_at: "2030-01-01T10:00:00Z",
    }),
  );
  server.use(
    http.get(api("/runs/run_align/metrics"), ({ request }) => {
      expect(new URL(request.url).searchParams.get("names")).toBe("gap_perception");
      const points = [1, 5, 9].map((step) => [step, 1 / step, 1 / step, 1 / step, 1]);
      const series = [{ name: "gap_perception", points }];
      return HttpResponse.json({ run_id: "run_align", series, progress: [], cursor: "" });
    }),
  );
  renderApp("/");
  const running = await screen.findByTestId("running");
  expect(running).toHaveTextContent("align miniature #7");
  expect(running).toHaveTextContent("1.920");
  const spark = within(running).getByTestId("spark");
  // Three steps of the history, and the present one that it does not have yet.
  await waitFor(() => expect(spark.dataset.points).toBe("4"));
  expect(spark).toHaveAccessibleName("gap P up to step 12: 1.920 at last");
  expect(screen.getByTestId("waiting")).toHaveTextContent("1 run ahead.");
  expect(screen.getByTestId("failed")).toHaveTextContent(
    "failed: divergedThe loss is not a number.",
  );
});

it("shows the next of many runs that wait, and folds the rest away", async () => {
  runs(
    ...Array.from({ length: 9 }, (_, place) =>
      fakeRun({
        id: `w${place}`,
        name: `wait-${place}`,
        state: place === 0 ? "queued" : "blocked",
      }),
    ),
  );
  renderApp("/");
  // The list comes with the newest first; what waits longest is next.
  expect(await screen.findByTestId("run-line-wait-0")).toBeVisible();
  expect(screen.getByTestId("run-line-wait-5")).toBeVisible();
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
