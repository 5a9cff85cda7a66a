import { useState } from "react";
import { CopyButton } from "@/components/copy-button";
import { Select } from "@/components/ui/select";
import { FORMATS } from "./export";
import { acrossBenchmarks, type Grid, metricsOf, onBenchmark } from "./grid";
import { ResultsTable } from "./results-table";
import type { Row } from "./rows";

interface ResultsViewProps {
  rows: readonly Row[];
  benchmarks: readonly string[];
  pipelines?: ReadonlyMap<string, string>;
  /** Why there may be nothing to see yet. */
  empty: string;
  /** Only the table that sums up, as on the home page. */
  short?: boolean;
}

const NO_NAMES: ReadonlyMap<string, string> = new Map();

/** All benchmarks in one table, then each by itself; one alone needs no summing up. */
export function ResultsView({
  rows,
  benchmarks,
  pipelines = NO_NAMES,
  empty,
  short,
}: ResultsViewProps) {
  const [baseline, setBaseline] = useState<string>();
  const [chosen, setMetric] = useState("accuracy_greedy");
  const metrics = metricsOf(rows);
  const metric = metrics.find((one) => one.metric === chosen) ?? metrics[0];
  if (!metric) {
    return <p className="max-w-[72ch] py-6 text-muted">{empty}</p>;
  }
  const shared = { pipelines, baseline, onBaseline: setBaseline };
  const compared = rows.find(({ key }) => key === baseline);
  const [only] = benchmarks;
  return (
    <div className="flex flex-col gap-5">
      {benchmarks.length === 1 && only ? (
        <Table title={only} grid={onBenchmark(rows, only)} {...shared} />
      ) : (
        <>
          <Table
            title={
              <Select
                aria-label="What is compared"
                className="w-52"
                value={metric.metric}
                onChange={({ target }) => setMetric(target.value)}
              >
                {metrics.map(({ metric: name, title }) => (
                  <option key={name} value={name}>
                    {title}
                  </option>
                ))}
              </Select>
            }
            grid={acrossBenchmarks(rows, benchmarks, metric.metric)}
            {...shared}
          />
          {!short &&
            benchmarks.map((benchmark) => (
              <details key={benchmark} data-testid={`benchmark-${benchmark}`}>
                <summary className="w-fit cursor-pointer font-semibold">{benchmark}</summary>
                <div className="mt-2">
                  <Table grid={onBenchmark(rows, benchmark)} {...shared} />
                </div>
              </details>
            ))}
        </>
      )}
      <Legend comparedWith={compared?.arm} />
    </div>
  );
}

interface TableProps extends React.ComponentProps<typeof ResultsTable> {
  title?: React.ReactNode;
}

function Table({ title, ...table }: TableProps) {
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        {typeof title === "string" ? <h3 className="font-semibold">{title}</h3> : title}
        <Exports grid={table.grid} />
      </div>
      <ResultsTable {...table} />
    </div>
  );
}

function Exports({ grid }: { grid: Grid }) {
  return (
    <span className="ml-auto inline-flex items-center gap-1.5">
      <span className="text-small text-muted max-sm:hidden">Copy as</span>
      {FORMATS.map(({ label, write }) => (
        <CopyButton key={label} label={label} text={() => write(grid)} />
      ))}
    </span>
  );
}

function Legend({ comparedWith }: { comparedWith: string | undefined }) {
  return (
    <div className="max-w-[72ch] text-small text-muted" data-testid="legend">
      <p>
        Accuracies and shares in percent with their 95% interval; n on hover; the best of a column
        in bold. Items and steps are to meet the supervision, not to be high. Training is the time
        in which the runs behind an arm trained.
      </p>
      {comparedWith && (
        <p className="mt-1">
          Differences to {comparedWith}: ▲ higher and ▼ lower where the 95% interval of the
          difference excludes 0. It is put together from the intervals of the two arms as if they
          had answered different items (Newcombe). They answered the same ones, so a paired test,
          which needs the record of every item, could tell smaller differences apart.
        </p>
      )}
    </div>
  );
}
