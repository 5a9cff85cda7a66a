import { type ReactNode, useState } from "react";
import { classNames } from "@/components/class-names";
import { Tooltip } from "@/components/ui/tooltip";
import { formatNumber } from "@/format/numbers";
import { Canvas } from "./canvas";
import type { Line } from "./chart-data";
import { isLogarithmic } from "./draw";
import { type Mark, marksNear } from "./marks";
import type { View } from "./view";
import { type Axis, formatAlong, formatPlace } from "./x-axis";

/** A stretch of steps. */
export type Zoom = [from: number, to: number];

export interface ChartProps {
  id: string;
  title: string;
  unit: string;
  meaning: string;
  lines: Line[];
  zeroLine?: boolean;
  /** Gaps at which the discriminator rests once it wins every pair. */
  saturation: readonly number[];
  range?: [number, number];
  view: View;
  zoom: Zoom | undefined;
  onZoom: (zoom: Zoom | undefined) => void;
  /** Told which curves of a chart are near the window; none once it is gone from there. */
  onSight?: (id: string, names: readonly string[]) => void;
  /** What the points are counted in: steps, or what several runs are drawn over. */
  counted: Axis;
  /** Where a point lies on the axis that is shown. */
  place: (step: number) => number;
  marks: readonly Mark[];
  /** Whether a key beside the chart says which line is which. */
  keyed?: boolean;
  footer?: ReactNode;
}

/** More values beside a title leave no room for it. */
const MOST_BESIDE = 2;
const MOST_NAMED = 3;

/** A titled curve or two, the last values beside the title in the curves' colours. */
export function Chart(props: ChartProps) {
  const { id, title, unit, meaning, lines, keyed, footer } = props;
  const [hovered, setHovered] = useState<number | null>(null);
  const isCrowded = lines.length > MOST_BESIDE;
  // Updates are counted in updates, as the title says.
  const saysUnit = title.toLowerCase().includes(unit);
  const isNamed = !keyed || lines.length <= MOST_NAMED;
  return (
    <figure
      data-testid={`chart-${id}`}
      aria-label={title}
      className="min-w-0 rounded-panel border border-line bg-raised px-3 pt-2 pb-1"
    >
      <figcaption
        className={classNames(
          "flex min-h-6 flex-wrap items-baseline justify-between gap-x-3",
          !isCrowded && "sm:flex-nowrap",
        )}
      >
        <Tooltip content={meaning}>
          <button type="button" className="min-w-0 cursor-help truncate font-medium">
            {title}
            {!saysUnit && <span className="font-normal text-muted"> {unit}</span>}
            {isLogarithmic(props) && <span className="font-normal text-muted"> log</span>}
          </button>
        </Tooltip>
        <span
          className={classNames(
            "tabular flex gap-x-3 text-small",
            isCrowded ? "w-full flex-wrap" : "shrink-0",
          )}
          aria-hidden
        >
          {lines.map((line) => (
            <span key={line.name} style={{ color: line.textColour }}>
              {line.label && isNamed && <span className="font-sans">{line.label} </span>}
              {/* Wide enough for most numbers, so that one more digit moves no name. */}
              <span className="ml-0.5 inline-block min-w-[6ch] text-right">
                {valueAt(line, hovered)}
              </span>
            </span>
          ))}
        </span>
      </figcaption>
      <div className="relative">
        {hovered !== null && <Hovered {...props} step={hovered} />}
        <Canvas {...props} onHover={setHovered} />
      </div>
      <figcaption className="sr-only">
        <Values {...props} />
      </figcaption>
      {footer}
    </figure>
  );
}

/** Where the cursor stands and what happened there; over the plot, so that nothing moves. */
function Hovered({ step, view, marks, lines, zoom, ...rest }: ChartProps & { step: number }) {
  const steps = lines.flatMap(({ points }) => [points[0]?.step ?? 0, points.at(-1)?.step ?? 0]);
  const [from, to] = zoom ?? [Math.min(...steps), Math.max(...steps)];
  const near = marksNear(marks, step, to - from);
  const where =
    rest.counted === "step"
      ? formatPlace(view.axis, step, rest.place(step))
      : formatAlong(rest.counted, step);
  return (
    <span className="pointer-events-none absolute top-0 left-14 z-10 max-w-[calc(100%-3.5rem)] truncate rounded-small bg-raised/85 px-1 text-small text-muted">
      {[where, ...new Set(near.map(({ words }) => words))].join(" · ")}
    </span>
  );
}

/** The same for those who cannot see a canvas. */
function Values({ title, meaning, lines, saturation, marks, counted }: ChartProps) {
  const last = Math.max(0, ...lines.map(({ points }) => points.at(-1)?.step ?? 0));
  const happened = marks.map(({ step, words }) => `${words} at step ${step}`);
  return (
    <table>
      <caption>
        {title} up to {formatAlong(counted, last)}. {meaning}
        {saturation.length > 0 && ` Saturation at ${saturation.map(formatNumber).join(" and ")}.`}
        {happened.length > 0 && ` Marks: ${happened.join(", ")}.`}
      </caption>
      <thead>
        <tr>
          <th>Curve</th>
          <th>{LAST[counted]}</th>
          <th>Last value</th>
          <th>Points</th>
        </tr>
      </thead>
      <tbody>
        {lines.map(({ name, label, points }) => (
          <tr key={name} data-metric={name}>
            <th>{label || title}</th>
            <td>{points.at(-1)?.step}</td>
            <td>{points.at(-1)?.value}</td>
            <td>{points.length}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const LAST: Record<Axis, string> = {
  step: "Last step",
  tokens: "Tokens at its end",
  seconds: "Seconds at its end",
};

function valueAt({ points }: Line, step: number | null): string {
  const point = step === null ? points.at(-1) : points.find((one) => one.step === step);
  return point ? formatNumber(point.value) : "–";
}
