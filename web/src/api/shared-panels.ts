import type { Panel } from "./schema";

/** The panels that an address holds, without what no chart could be drawn of. */
export function readPanels(value: unknown): Panel[] | undefined {
  const panels = Array.isArray(value) ? value.slice(0, MOST).flatMap(readPanel) : [];
  return panels.length > 0 ? panels : undefined;
}

const MOST = 50;
const AXES: readonly unknown[] = ["step", "tokens", "seconds"] satisfies Panel["axis"][];

function readPanel(value: unknown): Panel[] {
  const { title, metrics, axis, scale, smoothing } = (value ?? {}) as Partial<Panel>;
  const isNamed = typeof title === "string" && title.trim() !== "" && title.length <= 80;
  const names = Array.isArray(metrics) ? [...new Set(metrics)].filter(isName).slice(0, 6) : [];
  return isNamed && names.length > 0
    ? [
        {
          title,
          metrics: names,
          axis: AXES.includes(axis) ? (axis as Panel["axis"]) : "step",
          scale: scale === "log" ? "log" : "linear",
          smoothing: typeof smoothing === "number" && smoothing > 0 ? Math.min(smoothing, 0.99) : 0,
        },
      ]
    : [];
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= 200;
}
