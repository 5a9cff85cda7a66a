import { useState } from "react";
import { Tooltip } from "@/components/ui/tooltip";
import { formatNumber } from "@/format/numbers";
import { Canvas } from "./canvas";
import type { Line } from "./chart-data";

export interface ChartProps {
  id: string;
  title: string;
  unit: string;
  meaning: string;
  lines: Line[];
  zeroLine?: boolean;
  saturation?: number;
  range?: [number, number];
}

/** A titled curve or two, the last values beside the title in the curves' colours. */
export function Chart(props: ChartProps) {
  const { id, title, unit, meaning, lines, saturation } = props;
  const [hovered, setHovered] = useState<number | null>(null);
  const last = Math.max(0, ...lines.map(({ points }) => points.at(-1)?.step ?? 0));
  return (
    <figure
      data-testid={`chart-${id}`}
      aria-label={title}
      className="min-w-0 rounded-panel border border-line bg-raised px-3 pt-2 pb-1"
    >
      <figcaption className="flex min-h-6 flex-wrap items-baseline justify-between gap-x-3 sm:flex-nowrap">
        <Tooltip content={meaning}>
          <button type="button" className="min-w-0 cursor-help truncate font-medium">
            {title}
            {unit && <span className="ml-1 font-normal text-muted">{unit}</span>}
          </button>
        </Tooltip>
        <span className="tabular flex shrink-0 gap-3 text-small" aria-hidden>
          {hovered !== null && <span className="text-muted">step {hovered}</span>}
          {lines.map((line) => (
            <span key={line.name} style={{ color: line.textColour }}>
              {line.label && <span className="font-sans">{line.label} </span>}
              {valueAt(line, hovered)}
            </span>
          ))}
        </span>
      </figcaption>
      <Canvas {...props} onHover={setHovered} />
      <figcaption className="sr-only">
        <table>
          <caption>
            {title} up to step {last}. {meaning}
            {saturation !== undefined && ` Saturation at ${formatNumber(saturation)}.`}
          </caption>
          <thead>
            <tr>
              <th>Curve</th>
              <th>Last step</th>
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
      </figcaption>
    </figure>
  );
}

function valueAt({ points }: Line, step: number | null): string {
  const point = step === null ? points.at(-1) : points.find((one) => one.step === step);
  return point ? formatNumber(point.value) : "–";
}
