import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { catalogQuery } from "@/api/catalog";
import type { MetricMeaning } from "@/api/schema";
import type { RunGroup } from "@/components/compared-run";
import { Outline } from "@/components/ui/outline";
import type { Zoom } from "./chart";
import { CHARTS } from "./charts";
import { ComparedChart } from "./compared-chart";
import { distanceOn } from "./compared-lines";
import { ComparedPanel } from "./compared-panel";
import { OwnPanels } from "./own-panels";
import { inOrder } from "./plan-charts";
import type { Curves } from "./use-compared-curves";
import type { View } from "./view";
import { type Axis, formatAlong } from "./x-axis";

interface ComparedChartsProps {
  groups: readonly RunGroup[];
  curves: Curves;
  view: View;
  zoom: Zoom | undefined;
  onZoom: (zoom: Zoom | undefined) => void;
}

/** A chart for every metric that any of the runs has, a curve for each run or group of seeds. */
export function ComparedCharts({ groups, curves, view, zoom, onZoom }: ComparedChartsProps) {
  const { data: catalog } = useQuery(catalogQuery);
  const metrics = useMemo(() => catalog && present(catalog.metrics, curves), [catalog, curves]);
  if (!catalog || !metrics) {
    return <Outline className="min-h-dvh" />;
  }
  if (metrics.length === 0) {
    return <p className="text-muted">None of these runs has a curve: evaluations have no steps.</p>;
  }
  const shared = { groups, curves, zoom, onZoom };
  return (
    <div className="flex flex-col gap-3">
      <Alignment groups={groups} curves={curves} axis={view.axis} />
      <OwnPanels
        projectId={groups[0]?.members[0]?.run.project_id ?? ""}
        catalog={catalog.metrics}
        present={metrics.map(({ name }) => name)}
        draw={(panel, id, tools) => (
          <ComparedPanel
            id={id}
            panel={panel}
            catalog={catalog.metrics}
            axis={view.axis}
            tools={tools}
            {...shared}
          />
        )}
      />
      <div
        data-testid="compared-charts"
        className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,22rem),1fr))] gap-3"
      >
        {metrics.map((metric) => {
          const plan = CHARTS.find(({ lines }) =>
            lines.some((line) => line.metric === metric.name),
          );
          return (
            <ComparedChart
              key={metric.name}
              id={metric.name}
              title={metric.title}
              unit={metric.unit}
              meaning={metric.meaning}
              zeroLine={plan?.zeroLine}
              range={plan?.range}
              metrics={[metric]}
              view={view}
              {...shared}
            />
          );
        })}
      </div>
    </div>
  );
}

/** The metrics that a run has, those of the charts of a single run before the others. */
function present(catalog: readonly MetricMeaning[], curves: Curves): MetricMeaning[] {
  const order = CHARTS.flatMap(({ lines }) => lines.map(({ metric }) => metric));
  const place = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  const names = new Set(
    Object.values(curves).flatMap(({ metrics }) =>
      Object.keys(metrics).filter((name) => metrics[name]?.length),
    ),
  );
  return inOrder([...names], catalog).sort((one, other) => place(one.name) - place(other.name));
}

interface AlignmentProps {
  groups: readonly RunGroup[];
  curves: Curves;
  axis: Axis;
}

/** How curves are laid over each other where it is not by their steps. */
function Alignment({ groups, curves, axis }: AlignmentProps) {
  if (axis === "step") {
    return null;
  }
  const uncounted = Object.values(curves).filter(({ progress }) => !progress.at(-1)?.[axis]).length;
  const isFolded = groups.some(({ members }) => members.length > 1);
  const words = axis === "tokens" ? "tokens" : "time in steps";
  return (
    <p className="max-w-[72ch] text-small text-muted" data-testid="alignment">
      {OVER[axis]}
      {isFolded &&
        ` Seeds are folded at equal ${words}, at places ${formatAlong(axis, distanceOn(axis, curves, undefined))} apart: between two measured points a seed lies on the straight line, and the mean ends where the first seed does.`}
      {uncounted > 0 &&
        ` ${uncounted === 1 ? "1 run is" : `${uncounted} runs are`} left out: no ${words} were recorded.`}
    </p>
  );
}

const OVER: Record<Exclude<Axis, "step">, string> = {
  tokens: "Over response tokens learned from since the run began.",
  seconds: "Over time spent in steps, without waiting; it depends on the device too.",
};
