import { Columns3 } from "lucide-react";

interface ColumnMenuProps {
  metrics: readonly { name: string; title: string }[];
  chosen: readonly string[];
  onChange: (metric: string, shown: boolean) => void;
}

/** Which metrics have a column. */
export function ColumnMenu({ metrics, chosen, onChange }: ColumnMenuProps) {
  return (
    <details className="relative">
      <summary className="flex h-8 cursor-pointer list-none items-center gap-1.5 rounded-small border border-line-strong/60 bg-raised px-2.5 hover:border-line-strong">
        <Columns3 aria-hidden className="size-3.5" />
        Columns
      </summary>
      <fieldset className="absolute right-0 z-10 mt-1 max-h-80 w-64 overflow-y-auto rounded-small border border-line bg-raised p-2 shadow-lg">
        <legend className="sr-only">Metrics with a column</legend>
        {metrics.map(({ name, title }) => (
          <label key={name} className="flex items-center gap-2 py-0.5">
            <input
              type="checkbox"
              checked={chosen.includes(name)}
              onChange={(event) => onChange(name, event.target.checked)}
            />
            {title}
          </label>
        ))}
      </fieldset>
    </details>
  );
}
