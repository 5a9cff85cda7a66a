import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { runAlertsQuery } from "@/api/alerts";
import { catalogQuery } from "@/api/catalog";
import { panelsQuery } from "@/api/panels";
import { auditsQuery, checkpointsQuery } from "@/api/runs";
import type { Catalog, RunSnapshot } from "@/api/schema";
import { Failure } from "@/components/failure";
import { useTheme } from "@/components/theme";
import { Outline } from "@/components/ui/outline";
import { Chart, type ChartProps, type Zoom } from "./chart";
import { ChartControls } from "./chart-controls";
import type { Line } from "./chart-data";
import type { ChartPlan } from "./charts";
import { inks } from "./inks";
import { type Mark, marksOf } from "./marks";
import { OwnChart } from "./own-chart";
import { OwnPanels } from "./own-panels";
import { planCharts, unitOf } from "./plan-charts";
import { progressOf, type RunSeries } from "./series";
import { useFinerSeries, useLook, useRunSeries } from "./use-run-series";
import { useView, type View } from "./view";
import { placeOf } from "./x-axis";
import { useZoomKeys } from "./zoom-keys";

/** Every chart that a run has numbers for. */
export function RunCharts({ run }: { run: RunSnapshot }) {
  const { data: series, error, isPending, refetch } = useRunSeries(run.id);
  const { data: catalog } = useQuery(catalogQuery);
  // Own panels stand above the charts, which would move when those came later.
  const { isPending: isWithoutPanels } = useQuery(panelsQuery(run.project_id));
  if (error && !series) {
    return <Failure error={error} onRetry={() => void refetch()} />;
  }
  if (isPending || isWithoutPanels || !catalog || !series?.isRead) {
    return <Outline className="min-h-dvh" />;
  }
  const names = Object.keys(series.metrics).filter((name) => series.metrics[name]?.length);
  return names.length === 0 ? (
    <p className="max-w-[72ch] py-8 text-muted">{whyEmpty(run)}</p>
  ) : (
    <Charts run={run} series={series} catalog={catalog} names={names} />
  );
}

interface ChartsProps {
  run: RunSnapshot;
  series: RunSeries;
  catalog: Catalog;
  names: string[];
}

function Charts({ run, series, catalog, names }: ChartsProps) {
  const [view, setView] = useView();
  const { look, onZoom, onSight } = useLook(run.id, series);
  const { metrics, isFetching } = useFinerSeries(run.id, series, look);
  const zoom = look?.stretch;
  const marks = useMarks(run, series);
  const saturation = useSaturation(run);
  const progress = useMemo(() => progressOf(series), [series]);
  const place = useMemo(() => placeOf(view.axis, progress), [view.axis, progress]);
  useZoomKeys(wholeOf(series), zoom, onZoom);
  return (
    <div className="flex flex-col gap-3">
      <ChartControls
        view={view}
        onChange={setView}
        progress={progress}
        zoom={zoom}
        isFetching={isFetching}
        onWhole={() => onZoom(undefined)}
      />
      <OwnPanels
        projectId={run.project_id}
        catalog={catalog.metrics}
        present={names}
        draw={(panel, id, tools) => (
          <OwnChart
            id={id}
            panel={panel}
            catalog={catalog.metrics}
            metrics={metrics}
            progress={progress}
            zoom={zoom}
            onZoom={onZoom}
            onSight={onSight}
            marks={marks}
            tools={tools}
          />
        )}
      />
      <div
        data-testid="charts"
        className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,22rem),1fr))] gap-3"
      >
        {planCharts(names, catalog.metrics).map((plan) => (
          <PlannedChart
            key={plan.id}
            plan={plan}
            unit={unitOf(plan, catalog.metrics)}
            metrics={metrics}
            saturation={saturation}
            view={view}
            zoom={zoom}
            onZoom={onZoom}
            onSight={onSight}
            place={place}
            marks={marks}
          />
        ))}
      </div>
    </div>
  );
}

/** From the first step that has a number to the last one. */
function wholeOf({ metrics }: RunSeries): Zoom {
  const curves = Object.values(metrics).filter(({ length }) => length > 0);
  const firsts = curves.map((points) => points[0]?.step ?? 0);
  const lasts = curves.map((points) => points.at(-1)?.step ?? 0);
  return [Math.min(...firsts), Math.max(...lasts)];
}

/** The marks of a run, the same object for as long as they are the same. */
function useMarks(run: RunSnapshot, { firstSteps }: RunSeries): readonly Mark[] {
  const { data: audits } = useQuery(auditsQuery(run.id, run.audit?.step));
  const { data: alerts } = useQuery(runAlertsQuery(run.id));
  const { data: checkpoints } = useQuery(checkpointsQuery(run.id));
  return useMemo(
    () => marksOf(audits ?? [], alerts ?? [], checkpoints?.data ?? [], firstSteps),
    [audits, alerts, checkpoints, firstSteps],
  );
}

/** The gaps at saturation as the newest audit knows them, each once. */
function useSaturation({ audit }: RunSnapshot): readonly number[] {
  const experts = Object.values(audit?.experts ?? {});
  const known = [...new Set(experts.map(({ saturation_gap }) => saturation_gap))].join();
  return useMemo(() => (known ? known.split(",").map(Number) : []), [known]);
}

const NO_GAPS: readonly number[] = [];

interface PlannedChartProps {
  plan: ChartPlan;
  unit: string;
  metrics: RunSeries["metrics"];
  saturation: readonly number[];
  view: View;
  zoom: Zoom | undefined;
  onZoom: (zoom: Zoom | undefined) => void;
  onSight: ChartProps["onSight"];
  place: (step: number) => number;
  marks: readonly Mark[];
}

function PlannedChart({ plan, metrics, saturation, ...props }: PlannedChartProps) {
  const theme = useTheme();
  const names = plan.lines.map(({ metric }) => metric).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme decides what colours are read; a plan is known by its metrics.
  const coloured = useMemo(
    () => plan.lines.map(({ metric, label, colour }) => ({ name: metric, label, ...inks(colour) })),
    [names, theme],
  );
  const lines = useMemo(
    () => coloured.map((line): Line => ({ ...line, points: metrics[line.name] ?? [] })),
    [coloured, metrics],
  );
  return (
    <Chart
      {...plan}
      {...props}
      lines={lines}
      saturation={plan.saturation ? saturation : NO_GAPS}
      counted="step"
    />
  );
}

function whyEmpty(run: RunSnapshot): string {
  if (run.kind === "evaluate") {
    return "An evaluation has no steps and so no curves. Its scores are in the results.";
  }
  if (["blocked", "queued"].includes(run.state)) {
    return `Nothing to draw yet: ${run.reason ?? "the run waits"}`;
  }
  return run.state === "claimed" || run.state === "running"
    ? "The run has started; its first point appears when its first step is finished."
    : "This run ended before it had finished a step.";
}
