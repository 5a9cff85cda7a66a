import { type ReactNode, useMemo } from "react";
import type { MetricMeaning } from "@/api/schema";
import { colourOf, type RunGroup } from "@/components/compared-run";
import { useTheme } from "@/components/theme";
import { Chart, type Zoom } from "./chart";
import type { Line } from "./chart-data";
import { distanceOn, groupPoints } from "./compared-lines";
import type { Curves } from "./use-compared-curves";
import type { View } from "./view";

interface ComparedChartProps {
  id: string;
  title: string;
  unit: string;
  meaning: string;
  zeroLine?: boolean;
  range?: [number, number];
  metrics: readonly MetricMeaning[];
  groups: readonly RunGroup[];
  curves: Curves;
  view: View;
  zoom: Zoom | undefined;
  onZoom: (zoom: Zoom | undefined) => void;
  footer?: (lines: readonly Line[]) => ReactNode;
}

const NOTHING: readonly never[] = [];
const AS_IT_IS = (step: number) => step;

/** Metrics of several runs: a run is a colour, and of several metrics each is a dash. */
export function ComparedChart({ metrics, groups, curves, footer, ...rest }: ComparedChartProps) {
  const theme = useTheme();
  const { view, zoom } = rest;
  const names = metrics.map(({ name }) => name).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme decides what colours are read; names stand for the metrics.
  const lines = useMemo(() => {
    const distance = distanceOn(view.axis, curves, zoom);
    return metrics.flatMap(({ name, title }, index) =>
      groups.flatMap((group): Line[] => {
        const points = groupPoints(group, name, curves, view.axis, distance);
        const isAlone = metrics.length === 1;
        return points.length === 0
          ? []
          : [
              {
                name: isAlone ? group.key : `${group.key} ${name}`,
                label: isAlone ? group.label : `${group.label} · ${title}`,
                ...colourOf(group.place),
                dash: DASHES[index],
                points,
              },
            ];
      }),
    );
  }, [groups, curves, names, view.axis, zoom, theme]);
  return (
    <Chart
      {...rest}
      lines={lines}
      saturation={NOTHING}
      counted={view.axis}
      place={AS_IT_IS}
      marks={NOTHING}
      keyed
      footer={footer?.(lines)}
    />
  );
}

/** How the lines of the first, second … metric of a chart are broken. */
export const DASHES: readonly (readonly number[] | undefined)[] = [
  undefined,
  [6, 3],
  [2, 3],
  [9, 3, 2, 3],
  [12, 4],
  [1, 5],
];
