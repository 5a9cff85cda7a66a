import type { ReactNode } from "react";
import type { MetricMeaning, Panel } from "@/api/schema";
import type { RunGroup } from "@/components/compared-run";
import type { Zoom } from "./chart";
import { ComparedChart, DASHES } from "./compared-chart";
import { isLogarithmic } from "./draw";
import { PanelFooter } from "./panel-footer";
import { notesOf, planPanel } from "./panel-plan";
import type { Curves } from "./use-compared-curves";
import type { View } from "./view";
import type { Axis } from "./x-axis";

interface ComparedPanelProps {
  id: string;
  panel: Panel;
  catalog: readonly MetricMeaning[];
  groups: readonly RunGroup[];
  curves: Curves;
  /** What the charts beside it are drawn over, and the stretch of it that was chosen. */
  axis: Axis;
  zoom: Zoom | undefined;
  onZoom: (zoom: Zoom | undefined) => void;
  tools: ReactNode;
}

/** An own panel, drawn for several runs. */
export function ComparedPanel({ panel, catalog, axis, zoom, tools, ...rest }: ComparedPanelProps) {
  const found = Object.values(rest.curves);
  const present = panel.metrics.filter((name) =>
    found.some(({ metrics }) => metrics[name]?.length),
  );
  const plan = planPanel(panel, present, catalog);
  const isCounted = found.some(({ progress }) => progress.at(-1)?.[panel.axis]);
  const view: View = { ...plan.view, axis: isCounted ? panel.axis : "step" };
  const sharesAxis = view.axis === axis;
  return (
    <ComparedChart
      {...rest}
      {...plan}
      view={view}
      zoom={sharesAxis ? zoom : undefined}
      onZoom={sharesAxis ? rest.onZoom : () => {}}
      footer={(lines) => (
        <PanelFooter
          notes={[
            ...(plan.metrics.length > 1 ? plan.metrics.map(keyOf) : []),
            ...notesOf(
              panel,
              { ...plan, view },
              catalog,
              isLogarithmic({ ...plan, view, lines }),
            ).map((words) => <span key={words}>{words}</span>),
          ]}
          tools={tools}
        />
      )}
    />
  );
}

/** Which dash is which metric. */
function keyOf({ name, title }: MetricMeaning, index: number) {
  return (
    <span key={name} className="inline-flex items-center gap-1">
      <svg aria-hidden width="24" height="6" className="shrink-0">
        <line
          x2="24"
          y1="3"
          y2="3"
          stroke="currentColor"
          strokeWidth="1.5"
          strokeDasharray={DASHES[index]?.join(" ")}
        />
      </svg>
      {title}
    </span>
  );
}
