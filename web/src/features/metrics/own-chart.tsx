import { type ReactNode, useMemo } from "react";
import type { MetricMeaning, Panel } from "@/api/schema";
import { useTheme } from "@/components/theme";
import { Chart, type ChartProps, type Zoom } from "./chart";
import type { Line } from "./chart-data";
import { isLogarithmic } from "./draw";
import { coloursOf, inks } from "./inks";
import type { Mark } from "./marks";
import { PanelFooter } from "./panel-footer";
import { notesOf, planPanel } from "./panel-plan";
import type { Progress, RunSeries } from "./series";
import { type Axis, placeOf } from "./x-axis";

interface OwnChartProps {
  id: string;
  panel: Panel;
  catalog: readonly MetricMeaning[];
  metrics: RunSeries["metrics"];
  progress: readonly Progress[];
  zoom: Zoom | undefined;
  onZoom: (zoom: Zoom | undefined) => void;
  onSight: ChartProps["onSight"];
  marks: readonly Mark[];
  tools: ReactNode;
}

const NO_GAPS: readonly number[] = [];

/** An own panel, drawn for one run. */
export function OwnChart({ panel, catalog, metrics, progress, tools, ...rest }: OwnChartProps) {
  const theme = useTheme();
  const present = panel.metrics.filter((name) => metrics[name]?.length);
  const plan = planPanel(panel, present, catalog);
  const axis: Axis = panel.axis !== "step" && progress.at(-1)?.[panel.axis] ? panel.axis : "step";
  const place = useMemo(() => placeOf(axis, progress), [axis, progress]);
  const names = present.join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme decides what colours are read; names stand for the metrics.
  const lines = useMemo(() => {
    const colours = coloursOf(present);
    return plan.metrics.map(
      ({ name, title }, index): Line => ({
        name,
        label: present.length > 1 ? title : "",
        ...inks(colours[index] ?? "text"),
        points: metrics[name] ?? [],
      }),
    );
  }, [names, metrics, theme]);
  const drawn = { ...plan, view: { ...plan.view, axis } };
  const isLog = isLogarithmic({ ...drawn, lines });
  const notes = notesOf(panel, drawn, catalog, isLog).map((words) => (
    <span key={words}>{words}</span>
  ));
  return (
    <Chart
      {...rest}
      title={plan.title}
      unit={plan.unit}
      meaning={plan.meaning}
      zeroLine={plan.zeroLine}
      range={plan.range}
      view={drawn.view}
      lines={lines}
      saturation={NO_GAPS}
      counted="step"
      place={place}
      footer={<PanelFooter notes={notes} tools={tools} />}
    />
  );
}
