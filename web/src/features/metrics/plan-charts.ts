import type { MetricMeaning } from "@/api/schema";
import { CHARTS, type ChartPlan, PLANNED } from "./charts";

/** The charts for the metrics that a run has: the planned ones, then one for each that is left. */
export function planCharts(
  names: readonly string[],
  catalog: readonly MetricMeaning[],
): ChartPlan[] {
  const present = new Set(names);
  const planned = CHARTS.map((chart) => ({
    ...chart,
    lines: chart.lines.filter(({ metric }) => present.has(metric)),
  })).filter(({ lines }) => lines.length > 0);
  const single = catalog
    .filter(({ name }) => present.has(name) && !PLANNED.has(name))
    .map(
      ({ name, title, meaning }): ChartPlan => ({
        id: name.replaceAll("_", "-"),
        title,
        meaning,
        lines: [{ metric: name, label: "", colour: "text" }],
      }),
    );
  return [...planned, ...single];
}

/** The unit that all lines of a chart share; none where they differ. */
export function unitOf(chart: ChartPlan, catalog: readonly MetricMeaning[]): string {
  const metrics = new Set(chart.lines.map(({ metric }) => metric));
  const units = new Set(catalog.filter(({ name }) => metrics.has(name)).map(({ unit }) => unit));
  const [unit = ""] = units;
  return units.size === 1 ? unit : "";
}
