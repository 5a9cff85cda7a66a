import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { expect, it, vi } from "vitest";
import type { RunSnapshot } from "@/api/schema";
import { fakePipeline, fakeRun } from "@/testing/fake-run";
import { renderApp } from "@/testing/render-app";
import { api, server } from "@/testing/server";

vi.mock("../metrics/draw");

function show(changes: Partial<RunSnapshot>) {
  const run = fakeRun({ finished_at: "2030-01-01T11:00:00Z", ...changes });
  const state = run.state === "running" ? "running" : "failed";
  server.use(
    http.get(api("/pipelines/pip_1"), () =>
      HttpResponse.json(fakePipeline({ state, runs: [run] })),
    ),
    http.get(api("/runs/run_align/metrics"), () =>
      HttpResponse.json({ run_id: run.id, series: [], progress: [], cursor: "" }),
    ),
  );
  return renderApp("/pipelines/pip_1?tab=config");
}

it.each([
  ["running", 1, ["Stop and save", "Cancel run"]],
  ["queued", 0, ["Cancel run"]],
  ["succeeded", 1, ["Restart", "Archive", "Delete"]],
  ["failed", 1, ["Retry", "Restart", "Archive", "Delete"]],
  ["stopped", 1, ["Resume", "Restart", "Archive", "Delete"]],
  ["cancelled", 0, ["Retry", "Archive", "Delete"]],
] as const)(
  "offers of a run that is %s just what can be asked of it",
  async (state, attempt, verbs) => {
    show({ state, attempt });
    const orders = within(await screen.findByTestId("run-orders"));
    expect(orders.getAllByRole("button").map(({ textContent }) => textContent)).toEqual(verbs);
    expect(orders.getByRole("link", { name: "Fork the run align" })).toHaveAttribute(
      "href",
      "/launch?fork=run_align",
    );
  },
);

it("offers nothing but the archive of what another tracker recorded", async () => {
  show({ kind: "imported", state: "failed", attempt: 1 });
  const orders = within(await screen.findByTestId("run-orders"));
  expect(orders.getAllByRole("button").map(({ textContent }) => textContent)).toEqual([
    "Archive",
    "Delete",
  ]);
  expect(orders.queryByRole("link")).not.toBeInTheDocument();
});

it("deletes a run for good once its dry run was seen", async () => {
  const nothing = { checkpoint_bytes: 0, sample_bytes: 0, image_bytes: 0, metric_bytes: 0 };
  const counts = { runs: 1, checkpoints: 2, samples: 0, images: 0, metric_runs: 1 };
  const gone: unknown[] = [];
  server.use(
    http.get(api("/runs/run_align/deletion"), () =>
      HttpResponse.json({ ...nothing, ...counts, total_bytes: 2048, kept: [], refused: [] }),
    ),
    http.delete(api("/runs/:id"), ({ params }) => {
      gone.push(params.id);
      return new HttpResponse(null, { status: 204 });
    }),
  );
  const { user, router } = show({ state: "failed" });
  await user.click(await screen.findByTestId("delete-run"));
  const plan = within(await screen.findByRole("alertdialog", { name: /^Delete align of mini/ }));
  expect(await plan.findByText("2.0 KiB")).toBeVisible();
  await user.click(plan.getByRole("button", { name: "Delete for good" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/runs"));
  expect(gone).toEqual(["run_align"]);
});

it("restarts after asking", async () => {
  const asked: string[] = [];
  server.use(
    http.post(api("/runs/run_align/restart"), () => {
      asked.push("restart");
      return HttpResponse.json(fakeRun({ state: "queued", version: 2 }));
    }),
  );
  const { user } = show({ state: "succeeded" });
  await user.click(await screen.findByTestId("restart-run"));
  await user.click(await screen.findByTestId("confirm"));
  expect(asked).toEqual(["restart"]);
});
