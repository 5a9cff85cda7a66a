import type { ChartProps } from "./chart";

const MARGIN = 0.08;
/** Of a value: what differs by less is one value that was added up in another order. */
const NOISE = 1e-9;

type Ranged = Pick<ChartProps, "range" | "zeroLine" | "saturation">;

/** The lowest and highest value of a chart's axis, with a margin around what it shows. */
export function valueRange(
  low: number,
  high: number,
  { range, zeroLine, saturation }: Ranged,
): [number, number] {
  if (range) {
    return range;
  }
  const wanted = [low, high, ...(zeroLine ? [0] : [])];
  // The saturation line is worth showing once the curves come near; far above it would flatten them.
  wanted.push(...saturation.filter((gap) => Math.max(...wanted) > gap / 3));
  const [from, to] = [Math.min(...wanted), Math.max(...wanted)];
  const size = Math.max(Math.abs(from), Math.abs(to));
  const spread = to - from > NOISE * size ? to - from : size || 1;
  return [from === 0 ? 0 : from - MARGIN * spread, to + MARGIN * spread];
}

/** The same margin in the measure of a logarithmic axis. */
export function logarithmicRange(low: number, high: number): [number, number] {
  const margin = Math.max(1.02, (high / low) ** MARGIN);
  return [low / margin, high * margin];
}
