import type { MetricMeaning, Panel } from "@/api/schema";
import { CHARTS } from "./charts";
import { meaningOf } from "./meaning";
import { unitOf } from "./plan-charts";
import type { View } from "./view";

/** How an own panel is drawn of what there is to draw of it. */
export interface PanelPlan {
  title: string;
  unit: string;
  meaning: string;
  metrics: readonly MetricMeaning[];
  zeroLine: boolean;
  range?: [number, number];
  view: View;
}

/** Lines at zero and whole ranges are those of the metrics' usual charts, but of no log scale. */
export function planPanel(
  panel: Panel,
  present: readonly string[],
  catalog: readonly MetricMeaning[],
): PanelPlan {
  const names = panel.metrics.filter((name) => present.includes(name));
  const metrics = names.map((name) => meaningOf(name, catalog));
  const usual = names.map((name) =>
    CHARTS.find(({ lines }) => lines.some(({ metric }) => metric === name)),
  );
  const log = panel.scale === "log";
  return {
    title: panel.title,
    unit: unitOf(
      { lines: names.map((metric) => ({ metric, label: "", colour: "text" })) },
      catalog,
    ),
    meaning: metrics.map(({ title, meaning }) => `${title}: ${meaning}`).join(" "),
    metrics,
    zeroLine: !log && usual.some((chart) => chart?.zeroLine),
    range: !log && usual.every((chart) => chart?.range) ? [0, 1] : undefined,
    view: { axis: panel.axis, smoothing: panel.smoothing, log },
  };
}

/** What a panel cannot show here, in words. */
export function notesOf(
  panel: Panel,
  { metrics, view }: PanelPlan,
  catalog: readonly MetricMeaning[],
  isLogarithmic: boolean,
): string[] {
  const drawn = new Set(metrics.map(({ name }) => name));
  const missing = panel.metrics.filter((name) => !drawn.has(name));
  return [
    ...missing.map((name) => `No ${meaningOf(name, catalog).title} here`),
    ...(view.axis === panel.axis ? [] : [`Over steps: ${COUNTLESS[panel.axis]} here`]),
    ...(view.log && !isLogarithmic ? ["Linear: not all is above 0"] : []),
  ];
}

const COUNTLESS: Record<Panel["axis"], string> = {
  step: "",
  tokens: "no tokens were counted",
  seconds: "no time was measured",
};
