import type { ReactNode } from "react";
import type { MetricMeaning, Panel } from "@/api/schema";
import { HEIGHT } from "./draw";
import { meaningOf } from "./meaning";
import { PanelFooter } from "./panel-footer";

interface EmptyPanelProps {
  panel: Panel;
  catalog: readonly MetricMeaning[];
  tools: ReactNode;
}

/** In place of a chart for which nothing was measured here. */
export function EmptyPanel({ panel, catalog, tools }: EmptyPanelProps) {
  const titles = panel.metrics.map((name) => meaningOf(name, catalog).title);
  return (
    <figure
      aria-label={panel.title}
      className="min-w-0 rounded-panel border border-line bg-raised px-3 pt-2 pb-1"
    >
      <figcaption className="min-h-6 truncate font-medium">{panel.title}</figcaption>
      <p
        className="flex items-center justify-center text-center break-words text-muted"
        style={{ height: HEIGHT }}
      >
        Nothing was measured here of {titles.join(", ")}.
      </p>
      <PanelFooter notes={[]} tools={tools} />
    </figure>
  );
}
