import { classNames } from "@/components/class-names";

interface ProgressProps {
  value: number;
  of: number;
  label: string;
  className?: string;
}

export function Progress({ value, of, label, className }: ProgressProps) {
  const percent = of > 0 ? Math.min(100, (100 * value) / of) : 0;
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={of}
      aria-valuenow={value}
      className={classNames("h-1 overflow-hidden rounded-small bg-line", className)}
    >
      <div className="h-full bg-accent" style={{ width: `${percent}%` }} />
    </div>
  );
}
