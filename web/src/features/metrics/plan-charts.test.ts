import { expect, it } from "vitest";
import { catalog } from "@/testing/fake-catalog";
import { planCharts, unitOf } from "./plan-charts";

it("draws both experts' gaps in one chart, in their own colours", () => {
  const [gap] = planCharts(["gap_reasoning", "gap_perception"], catalog.metrics);
  expect(gap?.id).toBe("gap");
  expect(gap?.lines.map(({ label, colour }) => [label, colour])).toEqual([
    ["Perception", "perception"],
    ["Reasoning", "reasoning"],
  ]);
});

it("gives a metric that no chart plans for one of its own, as the catalog calls it", () => {
  const [chart] = planCharts(["tokens_per_second"], catalog.metrics);
  expect(chart).toMatchObject({ title: "Throughput", meaning: "Tokens per second" });
  expect(chart && unitOf(chart, catalog.metrics)).toBe("tokens/s");
});

it("draws the phases of a step in one chart, those that a run has", () => {
  const [shares] = planCharts(["update_share", "rollout_share"], catalog.metrics);
  expect(shares).toMatchObject({ id: "time-share", range: [0, 1] });
  expect(shares?.lines.map(({ label }) => label)).toEqual(["Rollouts", "Update"]);
});

it("draws what an import brought under the name that it had there", () => {
  const charts = planCharts(["train/loss", "tokens_per_second"], catalog.metrics);
  expect(charts.map(({ title }) => title)).toEqual(["Throughput", "train/loss"]);
});

it("plans nothing for metrics that a run does not have", () => {
  expect(planCharts([], catalog.metrics)).toEqual([]);
});
