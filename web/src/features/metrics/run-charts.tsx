import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { catalogQuery } from "@/api/catalog";
import type { RunSnapshot } from "@/api/schema";
import { Failure } from "@/components/failure";
import { useTheme } from "@/components/theme";
import { Chart } from "./chart";
import type { Line } from "./chart-data";
import type { ChartPlan, DataColour } from "./charts";
import { planCharts, unitOf } from "./plan-charts";
import { saturationGap } from "./saturation";
import type { RunSeries } from "./series";
import { useRunSeries } from "./use-run-series";

/** Every chart that a run has numbers for. */
export function RunCharts({ run }: { run: RunSnapshot }) {
  const { data: series, error, isPending, refetch } = useRunSeries(run.id);
  const { data: catalog } = useQuery(catalogQuery);
  const names = Object.keys(series?.metrics ?? {}).filter(
    (name) => (series?.metrics[name]?.length ?? 0) > 0,
  );
  if (error && !series) {
    return <Failure error={error} onRetry={() => void refetch()} />;
  }
  if (isPending || !catalog || !series) {
    return <p className="py-8 text-muted">Loading the curves …</p>;
  }
  if (names.length === 0) {
    return <p className="max-w-[72ch] py-8 text-muted">{whyEmpty(run)}</p>;
  }
  return (
    <div
      data-testid="charts"
      className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,22rem),1fr))] gap-3"
    >
      {planCharts(names, catalog.metrics).map((plan) => (
        <PlannedChart
          key={plan.id}
          plan={plan}
          unit={unitOf(plan, catalog.metrics)}
          series={series}
          run={run}
        />
      ))}
    </div>
  );
}

interface PlannedChartProps {
  plan: ChartPlan;
  unit: string;
  series: RunSeries;
  run: RunSnapshot;
}

function PlannedChart({ plan, unit, series, run }: PlannedChartProps) {
  const theme = useTheme();
  const names = plan.lines.map(({ metric }) => metric).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme decides what colours are read; a plan is known by its metrics.
  const lines = useMemo(
    () =>
      plan.lines.map(
        ({ metric, label, colour }): Line => ({
          name: metric,
          label,
          ...inks(colour),
          points: series.metrics[metric] ?? [],
        }),
      ),
    [names, series, theme],
  );
  return (
    <Chart
      {...plan}
      unit={unit}
      lines={lines}
      saturation={plan.saturation ? saturationGap(scorePenalty(run.config)) : undefined}
    />
  );
}

function inks(colour: DataColour): { colour: string; textColour: string } {
  const token = colour === "text" ? "text-muted" : colour;
  const style = getComputedStyle(document.documentElement);
  const line = style.getPropertyValue(`--${token}`).trim();
  const letters = ["text", "accent"].includes(colour) ? `--${token}` : `--${colour}-text`;
  return { colour: line, textColour: `var(${letters})` };
}

function scorePenalty(config: Record<string, unknown>): number {
  const game = config.game as { score_penalty?: number } | undefined;
  return game?.score_penalty ?? 0;
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
