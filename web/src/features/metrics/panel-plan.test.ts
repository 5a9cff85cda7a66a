import { expect, it } from "vitest";
import type { Panel } from "@/api/schema";
import { catalog } from "@/testing/fake-catalog";
import { notesOf, planPanel } from "./panel-plan";

const panel: Panel = {
  title: "Mine",
  metrics: ["gap_perception", "tokens_per_second", "train/loss"],
  axis: "tokens",
  scale: "linear",
  smoothing: 0.5,
};

it("draws what there is, and says what there is not", () => {
  const plan = planPanel(panel, ["gap_perception"], catalog.metrics);
  expect(plan).toMatchObject({
    title: "Mine",
    meaning: "Perception reward gap: By how much demonstrations score higher",
    zeroLine: true,
    view: { axis: "tokens", smoothing: 0.5, log: false },
  });
  expect(notesOf(panel, plan, catalog.metrics, false)).toEqual([
    "No Throughput here",
    "No train/loss here",
  ]);
});

it("says why it is drawn otherwise than it was wanted", () => {
  const wanted: Panel = { ...panel, metrics: ["gap_perception"], scale: "log" };
  const plan = planPanel(wanted, ["gap_perception"], catalog.metrics);
  expect([plan.zeroLine, plan.range, plan.view.log]).toEqual([false, undefined, true]);
  const overSteps = { ...plan, view: { ...plan.view, axis: "step" as const } };
  expect(notesOf(wanted, overSteps, catalog.metrics, false)).toEqual([
    "Over steps: no tokens were counted here",
    "Linear: not all is above 0",
  ]);
});
