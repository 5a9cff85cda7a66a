import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { formatNumber } from "@/format/numbers";
import type { ChartProps } from "./chart";
import { columns, type Line, stepRanges } from "./chart-data";

export const HEIGHT = 168;
const WHOLE_STEPS = [0, 1, 2, 3, 4, 5, 6].flatMap((power) => [1, 2, 5].map((n) => n * 10 ** power));
const GROUP = uPlot.sync("steps");

interface DrawProps extends ChartProps {
  onHover: (step: number | null) => void;
}

/** Build the plot of some lines: value, and around it the band from low to high. */
export function draw(target: HTMLElement, width: number, props: DrawProps): uPlot {
  const { lines, saturation, range, zeroLine, onHover } = props;
  const ink = inkOf(target);
  const options: uPlot.Options = {
    width,
    height: HEIGHT,
    legend: { show: false },
    padding: [8, 12, 0, 0],
    cursor: {
      sync: { key: GROUP.key },
      drag: { x: true, y: false },
      points: { size: 6 },
    },
    scales: { x: { time: false }, y: { range: (_, low, high) => scale(low, high, props) } },
    axes: [
      { ...axis(ink, { size: 24, space: 56 }), incrs: WHOLE_STEPS },
      axis(ink, { size: 52, space: 30 }),
    ],
    series: [{}, ...lines.flatMap((line) => lineSeries(line))],
    bands: lines.map((line, index) => ({
      series: [3 * index + 3, 3 * index + 2],
      fill: translucent(line.colour),
    })),
    hooks: {
      setCursor: [
        (plot) => {
          const index = plot.cursor.idx;
          onHover(index == null ? null : (plot.data[0][index] ?? null));
        },
      ],
      drawAxes: [
        (plot) => {
          if (zeroLine) {
            horizontal(plot, 0, ink.strong, []);
          }
          if (range && range[0] === 0 && range[1] === 1) {
            horizontal(plot, 0.5, ink.line, [2, 4]);
          }
          if (saturation !== undefined) {
            horizontal(plot, saturation, ink.muted, [2, 3]);
            caption(plot, saturation, "saturation", ink);
          }
        },
      ],
    },
  };
  return new uPlot(options, columns(lines) as uPlot.AlignedData, target);
}

/** Say in attributes what is on the canvas now, for whoever cannot see it. */
export function markDrawn(target: HTMLElement, plot: uPlot): void {
  const steps = Array.from(plot.data[0]);
  target.dataset.points = String(steps.length);
  target.dataset.lastStep = String(steps.at(-1) ?? 0);
  target.dataset.steps = stepRanges(steps);
}

interface Ink {
  line: string;
  strong: string;
  muted: string;
  font: string;
}

function inkOf(target: HTMLElement): Ink {
  const style = getComputedStyle(target);
  const token = (name: string) => style.getPropertyValue(name).trim();
  return {
    line: token("--line"),
    strong: token("--line-strong"),
    muted: token("--text-muted"),
    font: `11px ${token("--font-mono") || "monospace"}`,
  };
}

function axis(ink: Ink, { size, space }: { size: number; space: number }): uPlot.Axis {
  return {
    size,
    space,
    font: ink.font,
    stroke: ink.muted,
    gap: 4,
    grid: { stroke: ink.line, width: 1 },
    ticks: { show: false },
    values: (_, ticks) => ticks.map((tick) => formatTick(tick)),
  };
}

function formatTick(tick: number): string {
  return Number.isInteger(tick) && Math.abs(tick) < 1e5
    ? String(tick)
    : formatNumber(tick)
        .replace(/(\.\d*?)0+(?=e|$)/, "$1")
        .replace(/\.(?=e|$)/, "");
}

function lineSeries({ label, name, colour, points }: Line): uPlot.Series[] {
  const edge: uPlot.Series = {
    show: true,
    stroke: "transparent",
    width: 0,
    points: { show: false },
  };
  return [
    {
      label: label || name,
      stroke: colour,
      width: 1.5,
      spanGaps: true,
      points: { show: points.length < 3, size: 5, fill: colour },
    },
    edge,
    edge,
  ];
}

function scale(low: number | null, high: number | null, props: DrawProps): [number, number] {
  if (props.range) {
    return props.range;
  }
  const wanted = [low ?? 0, high ?? 1, ...(props.zeroLine ? [0] : [])];
  // The saturation line is worth showing once the curves come near; far above it would flatten them.
  if (props.saturation !== undefined && Math.max(...wanted) > props.saturation / 3) {
    wanted.push(props.saturation);
  }
  const [from, to] = [Math.min(...wanted), Math.max(...wanted)];
  const margin = (to - from || Math.abs(to) || 1) * 0.08;
  return [from === 0 ? 0 : from - margin, to + margin];
}

function horizontal(plot: uPlot, value: number, colour: string, dash: number[]): void {
  const { min, max } = plot.scales.y ?? {};
  if (min == null || max == null || value < min || value > max) {
    return;
  }
  const { ctx, bbox } = plot;
  const y = Math.round(plot.valToPos(value, "y", true)) + 0.5;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash(dash.map((length) => length * devicePixelRatio));
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}

function caption(plot: uPlot, value: number, text: string, ink: Ink): void {
  const { min, max } = plot.scales.y ?? {};
  if (min == null || max == null || value < min || value > max) {
    return;
  }
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.fillStyle = ink.muted;
  ctx.font = ink.font.replace("11px", `${11 * devicePixelRatio}px`);
  ctx.textAlign = "right";
  ctx.textBaseline = "top";
  ctx.fillText(
    `${text} ${formatNumber(value)}`,
    bbox.left + bbox.width,
    plot.valToPos(value, "y", true) + 3 * devicePixelRatio,
  );
  ctx.restore();
}

function translucent(colour: string): string {
  return `color-mix(in srgb, ${colour} 15%, transparent)`;
}
