import type { Results } from "@/api/schema";
import { ResultsTable } from "./results-table";

interface ResultsViewProps {
  results: Results;
  pipelines?: ReadonlyMap<string, string>;
  /** Why there may be nothing to see yet. */
  empty: string;
}

const NO_NAMES: ReadonlyMap<string, string> = new Map();

/** A table per benchmark, and how to read them. */
export function ResultsView({ results, pipelines = NO_NAMES, empty }: ResultsViewProps) {
  if (results.arms.length === 0) {
    return <p className="max-w-[72ch] py-6 text-muted">{empty}</p>;
  }
  return (
    <div className="flex flex-col gap-5">
      {results.benchmarks.map((benchmark) => (
        <div key={benchmark} className="flex flex-col gap-2">
          <h3 className="font-semibold">{benchmark}</h3>
          <ResultsTable
            benchmark={benchmark}
            pipelines={pipelines}
            arms={results.arms.filter((arm) => arm.benchmark === benchmark)}
          />
        </div>
      ))}
      <p className="max-w-[72ch] text-small text-muted">
        Accuracies and shares in percent with their 95% interval; n on hover; the best of a column
        in bold. Items and steps are to meet the supervision, not to be high. Training is the time
        in which the runs behind an arm trained.
      </p>
    </div>
  );
}
