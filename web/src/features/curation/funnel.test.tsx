import { screen, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { expect, it } from "vitest";
import { fakePipeline, fakeRun } from "@/testing/fake-run";
import { renderApp } from "@/testing/render-app";
import { api, page, server } from "@/testing/server";

it("shows what became of the items of a curation", async () => {
  const run = fakeRun({ id: "run_curate", name: "curate", kind: "curate", step: 2 });
  const at = "2030-01-01T10:00:00Z";
  const gate = { type: "gate_passed", at, notes: {} };
  const stored = (position: number, event: object) => ({
    position,
    attempt: 1,
    source: "engine",
    event,
  });
  server.use(
    http.get(api("/pipelines/pip_1"), () => HttpResponse.json(fakePipeline({ runs: [run] }))),
    http.get(api("/runs/run_curate/metrics"), () =>
      HttpResponse.json({ run_id: "run_curate", series: [], progress: [], cursor: "c0" }),
    ),
    http.get(api("/runs/run_curate/events"), () =>
      page(
        stored(1, {
          ...gate,
          seq: 1,
          step: 1,
          gate: "ingest",
          title: "Taken in",
          given: 60,
          kept: 56,
          reasons: { "no answer": 4 },
        }),
        stored(2, { type: "log", seq: 2, at, level: "info", message: "said" }),
        stored(3, {
          ...gate,
          seq: 3,
          step: 2,
          gate: "gold",
          title: "Answer can be compared",
          given: 56,
          kept: 56,
          reasons: {},
        }),
      ),
    ),
  );
  renderApp("/pipelines/pip_1");
  const rows = within(await screen.findByTestId("funnel")).getAllByTestId("gate-row");
  expect(rows.map((row) => row.textContent)).toEqual([
    "Taken in60564 no answer",
    "Answer can be compared5656",
  ]);
});
