import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { formatNumber } from "@/format/numbers";
import type { ChartProps } from "./chart";
import { COLUMNS_PER_LINE, type Drawing, type Line, stepRanges } from "./chart-data";
import { byWeight, type Mark } from "./marks";
import { type Axis, formatTick, TICKS } from "./x-axis";
import { logarithmicRange, valueRange } from "./y-range";

export const HEIGHT = 168;
const CHOOSING = new Set(["mousedown", "mouseup", "dblclick"]);
const NARROWEST_ZOOM = 6;
const MOST_LINES = 12;
const MARK_SIZE = 3.5;

export interface DrawProps extends ChartProps {
  onHover: (step: number | null) => void;
}

/** What a plot asks for whenever it draws, since it changes while the plot stays. */
interface Present {
  props: DrawProps;
  drawing: Drawing;
}

/** Build the plot of some lines: the trend, and around it the band from low to high. */
export function draw(target: HTMLElement, width: number, present: () => Present): uPlot {
  const { props, drawing } = present();
  const { lines, view, range } = props;
  const ink = inkOf(target);
  const options: uPlot.Options = {
    width,
    height: HEIGHT,
    legend: { show: false },
    padding: [8, 12, 0, 0],
    cursor: {
      // Charts over the same axis share the cursor, but a stretch is chosen in one of them.
      sync: { key: view.axis, filters: { pub: (type) => !CHOOSING.has(type) } },
      drag: { x: true, y: false, setScale: false },
      bind: {
        dblclick: () => () => {
          present().props.onZoom(undefined);
          return null;
        },
      },
      points: { size: 6 },
    },
    scales: {
      x: { time: false, range: (_, first, last) => spanOf(present().props) ?? [first, last] },
      y: isLogarithmic(props)
        ? { distr: 3, range: (_, low, high) => logarithmicRange(low ?? 0.1, high ?? 1) }
        : { range: (_, low, high) => valueRange(low ?? 0, high ?? 1, present().props) },
    },
    axes: [
      {
        ...axis(ink, { size: 24, space: 56 }),
        incrs: TICKS[view.axis],
        values: (_, ticks) => ticks.map((tick) => formatTick(view.axis, tick)),
      },
      valueAxis(ink, isLogarithmic(props)),
    ],
    series: [{}, ...lines.flatMap((line) => lineSeries(line, view.smoothing > 0))],
    bands: lines.map((line, index) => ({
      series: [COLUMNS_PER_LINE * index + 4, COLUMNS_PER_LINE * index + 3],
      fill: translucent(line.colour, 15),
    })),
    hooks: {
      setCursor: [
        ({ cursor }) => {
          const step = cursor.idx == null ? undefined : present().drawing.steps[cursor.idx];
          present().props.onHover(step ?? null);
        },
      ],
      setSelect: [(plot) => zoomTo(plot, present())],
      drawAxes: [
        (plot) => {
          if (props.zeroLine) {
            horizontal(plot, 0, ink.strong, []);
          }
          if (range && range[0] === 0 && range[1] === 1) {
            horizontal(plot, 0.5, ink.line, [2, 4]);
          }
          for (const gap of present().props.saturation) {
            horizontal(plot, gap, ink.muted, [2, 3]);
            caption(plot, gap, "saturation", ink);
          }
        },
      ],
      draw: [(plot) => drawMarks(plot, present().props, ink)],
    },
  };
  return new uPlot(options, dataOf(props, drawing), target);
}

/** The stretch of the axis that was chosen, if there is one. */
function spanOf({ zoom, place }: DrawProps): uPlot.Range.MinMax | undefined {
  return zoom && [place(zoom[0]), place(zoom[1])];
}

export function dataOf({ place }: DrawProps, { steps, columns }: Drawing): uPlot.AlignedData {
  return [steps.map(place), ...columns] as uPlot.AlignedData;
}

/** Say in attributes what is on the canvas now, for whoever cannot see it. */
export function markDrawn(target: HTMLElement, { steps }: Drawing, axis: Axis): void {
  target.dataset.points = String(steps.length);
  target.dataset.lastStep = String(steps.at(-1) ?? 0);
  target.dataset.steps = stepRanges(steps);
  target.dataset.axis = axis;
}

type Logged = Pick<ChartProps, "view" | "range" | "zeroLine"> & { lines: readonly Line[] };

/** Whether the logarithm of everything on a chart exists and says something. */
export function isLogarithmic({ view, range, zeroLine, lines }: Logged): boolean {
  const fits = view.log && !range && !zeroLine;
  return fits && lines.every(({ points }) => points.every(({ low }) => low > 0));
}

function zoomTo(plot: uPlot, { props, drawing }: Present): void {
  const { left, width } = plot.select;
  if (width >= NARROWEST_ZOOM) {
    const [from, to] = [plot.posToIdx(left), plot.posToIdx(left + width)];
    const [first, last] = [drawing.steps[from], drawing.steps[to]];
    if (first !== undefined && last !== undefined && first < last) {
      props.onZoom([first, last]);
    }
  }
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
}

interface Ink {
  line: string;
  strong: string;
  muted: string;
  good: string;
  warn: string;
  bad: string;
  surface: string;
  font: string;
}

function inkOf(target: HTMLElement): Ink {
  const style = getComputedStyle(target);
  const token = (name: string) => style.getPropertyValue(name).trim();
  return {
    line: token("--line"),
    strong: token("--line-strong"),
    muted: token("--text-muted"),
    good: token("--good"),
    warn: token("--warn"),
    bad: token("--bad"),
    surface: token("--surface-raised"),
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
    values: (_, ticks) => ticks.map((tick) => (tick === null ? "" : formatValue(tick))),
  };
}

/** The lines of a logarithmic axis are its powers of ten, unless there are few between them. */
function valueAxis(ink: Ink, isLog: boolean): uPlot.Axis {
  const plain = axis(ink, { size: 52, space: 30 });
  const filter: uPlot.Axis.Filter = (_, splits) =>
    splits.map((tick) => (splits.length <= MOST_LINES || isPower(tick) ? tick : null));
  return isLog ? { ...plain, grid: { ...plain.grid, filter } } : plain;
}

function isPower(tick: number): boolean {
  const power = Math.log10(tick);
  return Math.abs(power - Math.round(power)) < 1e-9;
}

function formatValue(tick: number): string {
  return Number.isInteger(tick) && Math.abs(tick) < 1e5
    ? String(tick)
    : formatNumber(tick)
        .replace(/(\.\d*?)0+(?=e|$)/, "$1")
        .replace(/\.(?=e|$)/, "");
}

/** A line's columns: its trend, what was measured, and the edges of the band. */
function lineSeries({ label, name, colour, dash, points }: Line, smooth: boolean): uPlot.Series[] {
  const unseen: uPlot.Series = { stroke: "transparent", width: 0, points: { show: false } };
  const trend: uPlot.Series = {
    label: label || name,
    stroke: colour,
    dash: dash && [...dash],
    width: 1.5,
    spanGaps: true,
    points: { show: points.length < 3, size: 5, fill: colour },
  };
  const measured: uPlot.Series = {
    show: smooth,
    stroke: translucent(colour, 35),
    width: 1,
    spanGaps: true,
    points: { show: false },
  };
  return [trend, measured, unseen, unseen];
}

function drawMarks(plot: uPlot, { marks, place }: DrawProps, ink: Ink): void {
  const { ctx, bbox } = plot;
  const { min, max } = plot.scales.x ?? {};
  const [bottom, size] = [bbox.top + bbox.height, MARK_SIZE * devicePixelRatio];
  ctx.save();
  for (const mark of byWeight(marks)) {
    const at = place(mark.step);
    if (min != null && max != null && at >= min && at <= max) {
      drawMark(ctx, mark, { x: plot.valToPos(at, "x", true), bottom, top: bbox.top, size }, ink);
    }
  }
  ctx.restore();
}

interface MarkPlace {
  x: number;
  top: number;
  bottom: number;
  size: number;
}

/**
 * An audit is a dot in the colour of its verdict, an alert a triangle, a checkpoint a diamond, an
 * attempt a line.
 */
function drawMark(
  ctx: CanvasRenderingContext2D,
  { kind, tone }: Mark,
  { x, top, bottom, size }: MarkPlace,
  ink: Ink,
): void {
  ctx.beginPath();
  if (kind === "attempt") {
    ctx.strokeStyle = ink.strong;
    ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
    ctx.moveTo(x, top);
    ctx.lineTo(x, bottom);
    ctx.stroke();
    ctx.setLineDash([]);
    return;
  }
  const isJudged = kind !== "checkpoint";
  ctx.fillStyle = isJudged ? ink[tone] : ink.surface;
  ctx.strokeStyle = isJudged ? ink.surface : ink.strong;
  ctx.lineWidth = devicePixelRatio;
  if (kind === "audit") {
    ctx.arc(x, bottom, size, 0, 2 * Math.PI);
  } else if (kind === "alert") {
    ctx.moveTo(x, bottom - 2 * size);
    ctx.lineTo(x + 1.3 * size, bottom + size / 2);
    ctx.lineTo(x - 1.3 * size, bottom + size / 2);
    ctx.closePath();
  } else {
    ctx.moveTo(x, bottom - size - 1);
    ctx.lineTo(x + size, bottom);
    ctx.lineTo(x, bottom + size + 1);
    ctx.lineTo(x - size, bottom);
    ctx.closePath();
  }
  ctx.fill();
  ctx.stroke();
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

function translucent(colour: string, percent: number): string {
  return `color-mix(in srgb, ${colour} ${percent}%, transparent)`;
}
