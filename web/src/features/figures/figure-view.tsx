import { Download } from "lucide-react";
import { useId, useRef } from "react";
import { explain } from "@/api/problem";
import { CopyButton } from "@/components/copy-button";
import { Button } from "@/components/ui/button";
import { useToast } from "@/components/ui/toast";
import { formatNumber } from "@/format/numbers";
import {
  areaUnder,
  bandAround,
  type Figure,
  type FigureSeries,
  lineThrough,
  type Scales,
  SIZE,
  scalesOf,
} from "./figure";
import { download, toPng, toSeriesCsv, toSvg } from "./write";

const KEY_LINE = 18;

/** A figure that can be taken into a paper as it stands. */
export function FigureView({ figure, note }: { figure: Figure; note?: string }) {
  const drawing = useRef<SVGSVGElement>(null);
  return (
    <figure
      aria-label={figure.title}
      data-testid={`figure-${figure.name}`}
      className="flex min-w-0 flex-col gap-2 rounded-panel border border-line bg-raised p-3"
    >
      <figcaption className="flex flex-wrap items-center justify-between gap-2">
        <span className="font-medium">{figure.title}</span>
        <Exports figure={figure} drawing={() => drawing.current} />
      </figcaption>
      <Drawing figure={figure} ref={drawing} />
      {note && <p className="text-small text-muted">{note}</p>}
    </figure>
  );
}

interface ExportsProps {
  figure: Figure;
  drawing: () => SVGSVGElement | null;
}

function Exports({ figure, drawing }: ExportsProps) {
  const show = useToast();
  const save = async (ending: "svg" | "png") => {
    const svg = drawing();
    if (svg) {
      try {
        const content =
          ending === "png" ? await toPng(svg) : new Blob([toSvg(svg)], { type: "image/svg+xml" });
        download(content, `${figure.name}.${ending}`);
      } catch (error) {
        const { happened, remedy } = explain(error);
        show({ title: happened, detail: remedy, tone: "bad" });
      }
    }
  };
  return (
    <span className="inline-flex gap-1.5">
      {(["svg", "png"] as const).map((ending) => (
        <Button
          key={ending}
          size="small"
          aria-label={`Download ${figure.title} as ${ending.toUpperCase()}`}
          onClick={() => void save(ending)}
        >
          <Download />
          {ending.toUpperCase()}
        </Button>
      ))}
      <CopyButton label="CSV" text={() => toSeriesCsv(figure)} />
    </span>
  );
}

/** Everything that is drawn stands in the SVG, so that a file of it needs nothing else. */
function Drawing({ figure, ref }: { figure: Figure; ref: React.Ref<SVGSVGElement> }) {
  const scales = scalesOf(figure);
  const { width, height, left, right, top, bottom } = SIZE;
  const all = height + KEY_LINE * figure.series.length;
  const title = useId();
  return (
    <svg
      ref={ref}
      viewBox={`0 0 ${width} ${all}`}
      height={all}
      role="img"
      aria-labelledby={title}
      fontSize={11}
      className="h-auto w-full text-text"
    >
      <title id={title}>
        {figure.title}: {figure.series.map(({ label }) => label).join(", ")}
      </title>
      <g stroke="currentColor" strokeOpacity={0.15}>
        {scales.yTicks.map((tick) => (
          <line key={tick} x1={left} x2={width - right} y1={scales.y(tick)} y2={scales.y(tick)} />
        ))}
      </g>
      <g fill="currentColor" fillOpacity={0.75}>
        {scales.yTicks.map((tick) => (
          <text key={tick} x={left - 6} y={scales.y(tick) + 4} textAnchor="end">
            {shortly(tick)}
          </text>
        ))}
        {scales.xTicks.map((tick) => (
          <text key={tick} x={scales.x(tick)} y={height - bottom + 16} textAnchor="middle">
            {shortly(tick)}
          </text>
        ))}
      </g>
      <text x={(left + width - right) / 2} y={height - 8} textAnchor="middle" fill="currentColor">
        {figure.x}
      </text>
      <text
        x={14}
        y={(top + height - bottom) / 2}
        textAnchor="middle"
        fill="currentColor"
        transform={`rotate(-90 14 ${(top + height - bottom) / 2})`}
      >
        {figure.y}
      </text>
      {figure.series.map((series, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two series may have one name.
        <Series key={place} series={series} scales={scales} />
      ))}
      {figure.series.map(({ label, colour, dashed }, place) => {
        const y = height + KEY_LINE * place + 8;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: as above.
          <g key={place}>
            <line
              x1={left}
              x2={left + 18}
              y1={y}
              y2={y}
              stroke={colour}
              strokeWidth={2.5}
              strokeDasharray={dashed ? "4 3" : undefined}
            />
            <text x={left + 26} y={y + 4} fill="currentColor">
              {label}
            </text>
          </g>
        );
      })}
    </svg>
  );
}

function Series({ series, scales }: { series: FigureSeries; scales: Scales }) {
  const { colour, look, dashed, points } = series;
  const dash = dashed ? "4 3" : undefined;
  if (look === "points") {
    return (
      <g stroke={colour} fill={colour}>
        {points.map(({ x, y, low = y, high = y, left = x, right = x }) => (
          <g key={`${x} ${y}`}>
            <line x1={scales.x(x)} x2={scales.x(x)} y1={scales.y(low)} y2={scales.y(high)} />
            <line x1={scales.x(left)} x2={scales.x(right)} y1={scales.y(y)} y2={scales.y(y)} />
            <circle cx={scales.x(x)} cy={scales.y(y)} r={4} stroke="none" />
          </g>
        ))}
      </g>
    );
  }
  return (
    <>
      <path
        d={look === "area" ? areaUnder(points, scales) : bandAround(points, scales)}
        fill={colour}
        fillOpacity={look === "area" && dashed ? 0 : 0.15}
      />
      <path
        d={lineThrough(points, scales)}
        fill="none"
        stroke={colour}
        strokeWidth={1.75}
        strokeDasharray={dash}
      />
    </>
  );
}

function shortly(tick: number): string {
  return Number.isInteger(tick) && Math.abs(tick) < 1e5
    ? String(tick)
    : formatNumber(tick)
        .replace(/(\.\d*?)0+$/, "$1")
        .replace(/\.$/, "");
}
