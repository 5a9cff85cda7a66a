import { screen } from "@testing-library/react";
import axe from "axe-core";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, it } from "vitest";
import { fakeFleet } from "./fake-fleet";
import { fakePeople } from "./fake-people";
import { fakePipeline } from "./fake-run";
import { fakeStudy, STUDY_RUNS, studyResults } from "./fake-study";
import { renderApp } from "./render-app";
import { api, page, server } from "./server";

beforeEach(() => {
  server.use(
    ...fakePeople,
    ...fakeFleet,
    ...fakeStudy,
    http.get(api("/pipelines"), () => page(fakePipeline())),
    http.get(api("/pipelines/pip_1"), () => HttpResponse.json(fakePipeline())),
    http.get(api("/runs"), () => page(...fakePipeline().runs)),
    http.get(api("/results"), () => HttpResponse.json(studyResults)),
  );
});

// Contrast needs a browser that paints; the browser tests look at it, in both themes.
const RULES = { "color-contrast": { enabled: false } };

it.each([
  ["/", "running"],
  ["/launch", "recipe-form"],
  ["/runs", "row-pip_1"],
  ["/runs?view=runs", "row-run_align"],
  ["/pipelines/pip_1?tab=config", "run-header"],
  ["/pipelines/pip_1?tab=environment", "environment"],
  ["/pipelines/pip_1?tab=notes", "run-header"],
  ["/studies/std_1", "results-table"],
  [`/compare?runs=${encodeURIComponent(JSON.stringify(STUDY_RUNS))}`, "aligned"],
  ["/results", "results-table"],
  ["/try", "questions"],
  ["/sign-in", "sign-in-help"],
  ["/set-up#secret", "set-up"],
  ["/fleet", "worker-node-1"],
  ["/settings?section=tokens", "row-tok_1"],
  ["/settings?section=members", "row-usr_2"],
  ["/settings?section=audit-log", "row-7"],
  ["/settings?section=webhooks", "row-whk_1"],
  ["/settings?section=users", "row-usr_2"],
  ["/settings?section=worker-tokens", "row-tok_2"],
  ["/settings?section=alerts", "row-alr_1"],
])("finds nothing to object to at %s", async (address, landmark) => {
  renderApp(address);
  await screen.findByTestId(landmark);
  const { violations } = await axe.run(document.body, { rules: RULES });
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
});
