import { act, screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, it, vi } from "vitest";
import type { RunAudit, RunMetrics } from "@/api/schema";
import { FakeEventSource } from "@/testing/fake-event-source";
import { fakeAudit, fakePipeline, fakeRun } from "@/testing/fake-run";
import { renderApp } from "@/testing/render-app";
import { api, page, server } from "@/testing/server";

vi.mock("../metrics/draw");

const CURVE: RunMetrics = {
  run_id: "run_align",
  series: [{ name: "gap_perception", points: [[30, 2, 2, 2, 1]] }],
  progress: [],
  cursor: "c0",
};

let audits: RunAudit[];

beforeEach(() => {
  audits = [fakeAudit({ verdict: null, pairs: 64 }), fakeAudit({ step: 50 })];
  server.use(
    http.get(api("/pipelines/pip_1"), () =>
      HttpResponse.json(fakePipeline({ runs: [fakeRun({ audit: audits.at(-1) })] })),
    ),
    http.get(api("/runs/run_align/metrics"), () => HttpResponse.json(CURVE)),
    http.get(api("/runs/run_align/audits"), () => page(...audits)),
  );
});

it("says in a sentence how the game stands", async () => {
  renderApp("/pipelines/pip_1");
  expect(await screen.findByTestId("audit-sentence")).toHaveTextContent(
    "Game: healthy — held-out accuracy 0.71 / 0.66, length-only 0.52, gap 1.9 / 2.3 of 6.4 at saturation · step 50, 256 pairs",
  );
  expect(screen.getByTestId("audit-reason")).toHaveTextContent("71% of held-out pairs");
});

it.each([
  ["matched", "text-good"],
  ["saturated", "text-warn"],
  ["leaking", "text-bad"],
  ["collapsed", "text-bad"],
] as const)("shows the verdict %s by word and colour", async (verdict, ink) => {
  audits = [fakeAudit({ verdict })];
  renderApp("/pipelines/pip_1");
  const chip = within(await screen.findByTestId("audit-sentence")).getByTestId("verdict");
  expect(chip).toHaveTextContent(verdict);
  expect(chip).toHaveClass(ink);
});

it("says that there are too few pairs where there is no verdict", async () => {
  audits = [fakeAudit({ verdict: null })];
  renderApp("/pipelines/pip_1");
  expect(await screen.findByTestId("audit-sentence")).toHaveTextContent("Game: too few pairs");
});

it("says so where not one held-out rollout was well-formed", async () => {
  audits = [fakeAudit({ verdict: "collapsed", pairs: 0, experts: {} })];
  renderApp("/pipelines/pip_1");
  expect(await screen.findByTestId("audit-sentence")).toHaveTextContent(
    "Game: collapsed — not one well-formed held-out pair at step 25",
  );
});

it("lists earlier audits, newest first", async () => {
  renderApp("/pipelines/pip_1");
  const history = within(await screen.findByTestId("audit-history"));
  const rows = history.getAllByTestId("audit-row").map((row) => row.textContent);
  expect(rows[0]).toMatch(/^50healthy0\.71 \/ 0\.660\.521\.90 \/ 2\.306\.43/);
  expect(rows[1]).toMatch(/^25too few pairs/);
});

it("marks audits on the charts, and the saturation gap that the audit knows", async () => {
  renderApp("/pipelines/pip_1");
  const chart = await screen.findByTestId("chart-gap");
  await waitFor(() =>
    expect(chart).toHaveTextContent(
      "Saturation at 6.430. Marks: audit: too few pairs at step 25, audit: healthy at step 50.",
    ),
  );
});

it("follows the game while it is played", async () => {
  renderApp("/pipelines/pip_1");
  await screen.findByTestId("audit-history");
  const stream = await waitFor(() => FakeEventSource.newest());
  audits = [...audits, fakeAudit({ step: 75, verdict: "saturated", reason: "99% of pairs." })];
  act(() => stream.say("run", fakeRun({ version: 2, audit: audits.at(-1) }), "c1"));
  await waitFor(() =>
    expect(screen.getByTestId("audit-sentence")).toHaveTextContent("Game: saturated"),
  );
  await waitFor(() => expect(screen.getAllByTestId("audit-row")).toHaveLength(3));
});

it("is absent where no audit was made", async () => {
  audits = [];
  renderApp("/pipelines/pip_1");
  await screen.findByTestId("run-header");
  expect(screen.queryByTestId("audit")).not.toBeInTheDocument();
});
