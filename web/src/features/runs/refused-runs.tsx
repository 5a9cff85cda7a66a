import type { Refused } from "./use-bulk";

/** Runs by name, each with why nothing was done to it. */
export function RefusedRuns({ refused }: { refused: readonly Refused[] }) {
  return (
    <ul className="max-h-60 overflow-y-auto rounded-small border border-line">
      {refused.map(({ run, why }) => (
        <li key={run.id} className="border-b border-line px-3 py-1.5 last:border-b-0">
          <span className="font-medium">
            {run.name} of {run.pipeline_name} #{run.pipeline_number}
          </span>
          <span className="block break-words text-muted">{why}</span>
        </li>
      ))}
    </ul>
  );
}
