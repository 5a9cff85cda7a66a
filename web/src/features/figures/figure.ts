/** A curve, some points or a distribution of a figure. */
export interface FigureSeries {
  label: string;
  colour: string;
  /** How its points are joined: by a line, not at all, or as a filled outline. */
  look: "line" | "points" | "area";
  dashed?: boolean;
  points: readonly FigurePoint[];
}

/** A point, with the interval of its value and of its place where these are known. */
export interface FigurePoint {
  x: number;
  y: number;
  low?: number;
  high?: number;
  left?: number;
  right?: number;
}

/** A figure as a paper prints it. */
export interface Figure {
  name: string;
  title: string;
  x: string;
  y: string;
  /** Whether the lower end of y is 0 whatever was measured. */
  fromZero?: boolean;
  series: readonly FigureSeries[];
}

export const SIZE = { width: 520, height: 320, left: 56, right: 16, top: 16, bottom: 44 };

/** Where values lie on a figure, and the ticks of both axes. */
export interface Scales {
  x: (value: number) => number;
  y: (value: number) => number;
  xTicks: number[];
  yTicks: number[];
}

export function scalesOf({ series, fromZero }: Figure): Scales {
  const points = series.flatMap((one) => one.points);
  const xTicks = ticksOf(points.flatMap(({ x, left = x, right = x }) => [left, right]));
  const yTicks = ticksOf([
    ...(fromZero ? [0] : []),
    ...points.flatMap(({ y, low = y, high = y }) => [low, high]),
  ]);
  const { width, height, left, right, top, bottom } = SIZE;
  return {
    x: between(xTicks, left, width - right),
    y: between(yTicks, height - bottom, top),
    xTicks,
    yTicks,
  };
}

function between(ticks: readonly number[], from: number, to: number) {
  const [low, high] = [ticks[0] ?? 0, ticks.at(-1) ?? 1];
  return (value: number) => from + ((value - low) / (high - low || 1)) * (to - from);
}

const MOST_TICKS = 6;

/** Round numbers that the values lie between. */
export function ticksOf(values: readonly number[]): number[] {
  const [low, high] = values.length > 0 ? [Math.min(...values), Math.max(...values)] : [0, 1];
  const rough = (high - low || Math.abs(high) || 1) / MOST_TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((digit) => digit * power >= rough) ?? 10);
  const [first, last] = [
    Math.floor(low / step),
    Math.max(Math.ceil(high / step), Math.floor(low / step) + 1),
  ];
  return Array.from({ length: last - first + 1 }, (_, place) =>
    Number(((first + place) * step).toPrecision(12)),
  );
}

/** A path through points, of those with an interval also the outline of it. */
export function lineThrough(points: readonly FigurePoint[], { x, y }: Scales): string {
  return points
    .map((point, place) => `${place === 0 ? "M" : "L"}${at(x(point.x))} ${at(y(point.y))}`)
    .join("");
}

export function bandAround(points: readonly FigurePoint[], { x, y }: Scales): string {
  const known = points.filter(({ low, high }) => low !== undefined && high !== undefined);
  const edge = (value: (point: FigurePoint) => number) =>
    known.map((point) => `${at(x(point.x))} ${at(y(value(point)))}`);
  const above = edge(({ high = 0 }) => high);
  const below = edge(({ low = 0 }) => low).reverse();
  return known.length > 1 ? `M${[...above, ...below].join("L")}Z` : "";
}

/** The outline of a distribution, down to 0 at both ends. */
export function areaUnder(points: readonly FigurePoint[], scales: Scales): string {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) {
    return "";
  }
  const ends = [{ ...first, y: 0 }, ...points, { ...last, y: 0 }];
  return `${lineThrough(ends, scales)}Z`;
}

function at(place: number): string {
  return String(Math.round(10 * place) / 10);
}
