import { keepPreviousData, useQueries, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { catalogQuery } from "@/api/catalog";
import { comparedCurvesQuery } from "@/api/runs";
import type { Catalog, RunMetrics } from "@/api/schema";
import { colourOf, type RunGroup } from "@/components/compared-run";
import { isFinal } from "@/components/run-state";
import { useTheme } from "@/components/theme";
import { Chart, type Zoom } from "./chart";
import type { Line } from "./chart-data";
import { CHARTS } from "./charts";
import { foldedPoints } from "./fold";
import { NO_SERIES, type RunSeries, withHistory } from "./series";
import type { View } from "./view";

interface ComparedChartsProps {
  groups: readonly RunGroup[];
  view: View;
  zoom: Zoom | undefined;
  onZoom: (zoom: Zoom | undefined) => void;
}

type Curves = Record<string, RunSeries["metrics"]>;

const NOTHING: readonly never[] = [];
const AS_IT_IS = (step: number) => step;

/** A chart for every metric that any of the runs has, a curve for each run or group of seeds. */
export function ComparedCharts({ groups, view, zoom, onZoom }: ComparedChartsProps) {
  const { data: catalog } = useQuery(catalogQuery);
  const curves = useCurves(groups, zoom);
  if (!catalog || !curves) {
    return <p className="py-6 text-muted">Loading the curves …</p>;
  }
  const metrics = present(catalog, curves);
  return metrics.length === 0 ? (
    <p className="text-muted">None of these runs has a curve: evaluations have no steps.</p>
  ) : (
    <div
      data-testid="compared-charts"
      className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,22rem),1fr))] gap-3"
    >
      {metrics.map((metric) => (
        <ComparedChart
          key={metric.name}
          metric={metric}
          groups={groups}
          curves={curves}
          view={view}
          zoom={zoom}
          onZoom={onZoom}
        />
      ))}
    </div>
  );
}

/** The curves of every run by its id; read again while it runs, and finer of a stretch. */
function useCurves(groups: readonly RunGroup[], zoom: Zoom | undefined): Curves | undefined {
  const runs = groups.flatMap(({ members }) => members.map(({ run }) => run));
  return useQueries({
    queries: runs.map((run) => ({
      ...comparedCurvesQuery(run.id, zoom),
      refetchInterval: isFinal(run.state) ? (false as const) : 5_000,
      placeholderData: keepPreviousData,
    })),
    combine: (found) => together(runs, found),
  });
}

function together(
  runs: readonly { id: string }[],
  found: readonly { data?: RunMetrics }[],
): Curves | undefined {
  if (found.some(({ data }) => data === undefined)) {
    return undefined;
  }
  return Object.fromEntries(
    found.map(({ data }, place) => [
      runs[place]?.id ?? "",
      data ? withHistory(NO_SERIES, data).metrics : {},
    ]),
  );
}

type Metric = Catalog["metrics"][number];

/** The metrics that a run has, those of the charts of a single run before the others. */
function present(catalog: Catalog, curves: Curves): Metric[] {
  const order = CHARTS.flatMap(({ lines }) => lines.map(({ metric }) => metric));
  const place = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  const names = new Set(
    Object.values(curves).flatMap((metrics) =>
      Object.keys(metrics).filter((name) => metrics[name]?.length),
    ),
  );
  return catalog.metrics
    .filter(({ name }) => names.has(name))
    .sort((one, other) => place(one.name) - place(other.name));
}

interface ComparedChartProps extends ComparedChartsProps {
  metric: Metric;
  curves: Curves;
}

function ComparedChart({ metric, groups, curves, ...rest }: ComparedChartProps) {
  const theme = useTheme();
  const plan = CHARTS.find(({ lines }) => lines.some((line) => line.metric === metric.name));
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme decides what colours are read.
  const lines = useMemo(
    () =>
      groups.flatMap(({ key, label, place, members }): Line[] => {
        const points = foldedPoints(members.map(({ run }) => curves[run.id]?.[metric.name] ?? []));
        return points.length > 0 ? [{ name: key, label, ...colourOf(place), points }] : [];
      }),
    [groups, curves, metric.name, theme],
  );
  return (
    <Chart
      id={metric.name}
      title={metric.title}
      unit={metric.unit}
      meaning={metric.meaning}
      lines={lines}
      zeroLine={plan?.zeroLine}
      range={plan?.range}
      saturation={NOTHING}
      place={AS_IT_IS}
      marks={NOTHING}
      {...rest}
    />
  );
}
