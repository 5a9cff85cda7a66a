import type { MetricMeaning } from "@/api/schema";
import { CHARTS, type ChartPlan, PLANNED } from "./charts";
import { meaningOf } from "./meaning";

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
  const single = inOrder(names, catalog)
    .filter(({ name }) => !PLANNED.has(name))
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

/** What metrics mean, in the order of the catalog; those of an import come after it. */
export function inOrder(
  names: readonly string[],
  catalog: readonly MetricMeaning[],
): MetricMeaning[] {
  const present = new Set(names);
  const known = new Set(catalog.map(({ name }) => name));
  return [
    ...catalog.filter(({ name }) => present.has(name)),
    ...names.filter((name) => !known.has(name)).map((name) => meaningOf(name, catalog)),
  ];
}

/** The unit that all lines of a chart share; none where they differ. */
export function unitOf(chart: Pick<ChartPlan, "lines">, catalog: readonly MetricMeaning[]): string {
  const metrics = new Set(chart.lines.map(({ metric }) => metric));
  const units = new Set(catalog.filter(({ name }) => metrics.has(name)).map(({ unit }) => unit));
  const [unit = ""] = units;
  return units.size === 1 ? unit : "";
}
