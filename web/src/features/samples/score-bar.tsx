import { classNames } from "@/components/class-names";
import { formatNumber } from "@/format/numbers";

interface ScoreBarProps {
  label: string;
  value: number | null | undefined;
  /** The value whose bar fills its half. */
  scale: number;
  colour: "perception" | "reasoning" | "response" | "accent";
}

const FILLS = {
  perception: "bg-perception",
  reasoning: "bg-reasoning",
  response: "bg-response",
  accent: "bg-accent",
};

/** A number and a bar that grows from the middle, to the right where it is positive. */
export function ScoreBar({ label, value, scale, colour }: ScoreBarProps) {
  if (value === null || value === undefined) {
    return null;
  }
  const percent = Math.min(50, (50 * Math.abs(value)) / scale);
  return (
    <span className="inline-flex items-center gap-2 text-small text-muted">
      {label}
      <span aria-hidden className="relative h-2 w-20 rounded-small bg-sunken">
        <span className="absolute inset-y-[-2px] left-1/2 w-px bg-line-strong" />
        <span
          className={classNames("absolute inset-y-0 rounded-small", FILLS[colour])}
          style={
            value >= 0
              ? { left: "50%", width: `${percent}%` }
              : { right: "50%", width: `${percent}%` }
          }
        />
      </span>
      <span className="tabular text-text">
        {value > 0 && "+"}
        {formatNumber(value)}
      </span>
    </span>
  );
}

/** The largest size among the numbers, at least 1, so that noise does not fill a bar. */
export function scaleOf(values: readonly (number | null | undefined)[]): number {
  return Math.max(1, ...values.map((value) => Math.abs(value ?? 0)));
}
