import { act, screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, it, vi } from "vitest";
import type { PipelineSnapshot, RunMetrics } from "@/api/schema";
import { FakeEventSource } from "@/testing/fake-event-source";
import { fakePipeline, fakeRun } from "@/testing/fake-run";
import { renderApp } from "@/testing/render-app";
import { api, problem, server } from "@/testing/server";

vi.mock("../features/metrics/draw");

let pipeline: PipelineSnapshot;
let stored: number[];

beforeEach(() => {
  pipeline = fakePipeline();
  stored = [1, 2];
  server.use(
    http.get(api("/pipelines/pip_1"), () => HttpResponse.json(pipeline)),
    http.get(api("/runs/run_align/metrics"), () => HttpResponse.json(history(stored))),
  );
});

function history(steps: number[]): RunMetrics {
  const points = steps.map((step): RunMetrics["series"][0]["points"][0] => [step, 2, 2, 2, 1]);
  return {
    run_id: "run_align",
    series: [{ name: "gap_perception", points }],
    progress: [],
    cursor: "c0",
  };
}

function say(name: string, data: unknown, cursor = "c") {
  act(() => FakeEventSource.newest().say(name, data, cursor));
}

function sayStep(step: number) {
  const points = [{ step, metrics: { gap_perception: 1.5 } }];
  say("metrics", { run_id: "run_align", attempt: 1, first_step: 1, points });
}

async function gapChart() {
  return within(await screen.findByTestId("chart-gap"));
}

async function expectPoints(count: number, last: number) {
  const row = (await gapChart()).getByRole("row", { name: /Perception/ });
  await waitFor(() => {
    const cells = within(row)
      .getAllByRole("cell")
      .map((cell) => cell.textContent);
    expect([cells[0], cells[2]]).toEqual([String(last), String(count)]);
  });
}

it("shows the history and each new point as it comes", async () => {
  renderApp("/pipelines/pip_1");
  await expectPoints(2, 2);
  await waitFor(() => expect(FakeEventSource.opened).toHaveLength(1));
  expect(FakeEventSource.newest().url.searchParams.get("topics")).toBe(
    "pipeline:pip_1,run:run_align",
  );
  act(() => FakeEventSource.newest().accept());
  sayStep(3);
  await expectPoints(3, 3);
  expect(screen.getByTestId("connection")).toHaveTextContent("live");
});

it("comes back from a lost connection without gap or double", async () => {
  renderApp("/pipelines/pip_1");
  await expectPoints(2, 2);
  await waitFor(() => expect(FakeEventSource.opened).toHaveLength(1));
  act(() => FakeEventSource.newest().accept());
  act(() => FakeEventSource.newest().refuse());
  expect(screen.getByTestId("connection")).toHaveTextContent("reconnecting");
  stored = [1, 2, 3, 4];
  await waitFor(() => expect(FakeEventSource.opened).toHaveLength(2), { timeout: 2000 });
  act(() => FakeEventSource.newest().accept());
  sayStep(4);
  sayStep(5);
  await expectPoints(5, 5);
});

it("reads a curve anew that has become long, and keeps what came since", async () => {
  let reads = 0;
  const coarse = Array.from({ length: 300 }, (_, index) => 2 * index + 2);
  server.use(
    http.get(api("/runs/run_align/metrics"), () => {
      reads += 1;
      return HttpResponse.json(history(reads > 2 ? coarse : stored));
    }),
  );
  renderApp("/pipelines/pip_1");
  await expectPoints(2, 2);
  await waitFor(() => expect(FakeEventSource.opened).toHaveLength(1));
  act(() => FakeEventSource.newest().accept());
  await waitFor(() => expect(reads).toBe(2));
  sayStep(3);
  await expectPoints(3, 3);
  const points = Array.from({ length: 607 }, (_, index) => ({
    step: index + 4,
    metrics: { gap_perception: 1.5 },
  }));
  say("metrics", { run_id: "run_align", attempt: 1, first_step: 1, points });
  await expectPoints(310, 610);
  expect(reads).toBe(3);
});

it("asks to sign in again when the stream ends because the session did", async () => {
  const { router } = renderApp("/pipelines/pip_1");
  await waitFor(() => expect(FakeEventSource.opened).toHaveLength(1));
  server.use(http.get(api("/session"), () => problem(401)));
  act(() => FakeEventSource.newest().refuse());
  await waitFor(() => expect(router.state.location.pathname).toBe("/sign-in"));
});

it("follows state, tells of a change, and offers what can be asked for", async () => {
  renderApp("/pipelines/pip_1");
  expect(await screen.findByTestId("run-step")).toHaveTextContent("3");
  expect(screen.getByTestId("stop-run")).toBeEnabled();
  await waitFor(() => expect(FakeEventSource.opened).toHaveLength(1));
  say("run", fakeRun({ version: 2 }));
  const exit = { kind: "out_of_memory" as const, message: "CUDA ran out of memory." };
  say("run", fakeRun({ version: 3, state: "failed", exit }));
  expect(await screen.findByTestId("toast")).toHaveTextContent("align: failed: out of memory");
  expect(screen.getByTestId("run-exit")).toHaveTextContent(
    "CUDA ran out of memory. Lower the prompts or rollouts per step",
  );
  expect(screen.getByTestId("retry-run")).toBeEnabled();
});

it("cancels after asking, and shows that it is being done", async () => {
  server.use(
    http.post(api("/pipelines/pip_1/cancel"), () => {
      pipeline = fakePipeline({
        version: 2,
        runs: [fakeRun({ version: 2, desired_state: "cancel" })],
      });
      return HttpResponse.json(pipeline);
    }),
  );
  const { user } = renderApp("/pipelines/pip_1");
  await user.click(await screen.findByTestId("cancel-pipeline"));
  await user.click(await screen.findByTestId("confirm"));
  await waitFor(() =>
    expect(screen.getByTestId("pipeline-header")).toHaveTextContent("cancelling"),
  );
  expect(screen.queryByTestId("cancel-pipeline")).not.toBeInTheDocument();
});

it("says why an order was refused", async () => {
  server.use(
    http.post(api("/runs/run_align/stop"), () =>
      problem(409, { detail: "The run has succeeded already." }),
    ),
  );
  const { user } = renderApp("/pipelines/pip_1");
  await user.click(await screen.findByTestId("stop-run"));
  expect(await screen.findByTestId("toast")).toHaveTextContent("The run has succeeded already.");
});

it("says why there is no chart yet", async () => {
  stored = [];
  pipeline = fakePipeline({
    runs: [fakeRun({ state: "queued", reason: "1 run ahead on queue default." })],
  });
  renderApp("/pipelines/pip_1");
  expect(await screen.findByText(/Nothing to draw yet: 1 run ahead/)).toBeVisible();
});

it("says how long a run will probably wait", async () => {
  const minutes = (count: number) => new Date(Date.now() + count * 60_000).toISOString();
  const starts = { earliest: minutes(10.2), latest: minutes(14.2) };
  const reason = "Waits for a slot on queue default; 1 run ahead";
  pipeline = fakePipeline({ runs: [fakeRun({ state: "queued", reason, starts })] });
  renderApp("/pipelines/pip_1");
  expect(await screen.findByTestId("run-reason")).toHaveTextContent(`${reason}, 10 m to 14 m`);
});
