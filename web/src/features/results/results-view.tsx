import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { catalogQuery } from "@/api/catalog";
import { CopyButton } from "@/components/copy-button";
import { Select } from "@/components/ui/select";
import { Toggle } from "@/components/ui/toggle";
import { FORMATS } from "./export";
import { acrossBenchmarks, type Grid, onBenchmark, scoredColumns } from "./grid";
import { ResultsTable } from "./results-table";
import type { Row } from "./rows";
import { columnsOf } from "./table";

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
  const [all, setAll] = useState(false);
  const { data: catalog } = useQuery(catalogQuery);
  if (!catalog) {
    return <p className="py-6 text-muted">Loading …</p>;
  }
  const columns = scoredColumns(rows, columnsOf(catalog.metrics));
  const column = columns.find(({ metric }) => metric === chosen) ?? columns[0];
  if (!column) {
    return <p className="max-w-[72ch] py-6 text-muted">{empty}</p>;
  }
  const shared = { pipelines, baseline, onBaseline: setBaseline };
  const compared = rows.find(({ key }) => key === baseline);
  const shown = all ? columns : columns.filter(({ main }) => main);
  const further = columns.length - columns.filter(({ main }) => main).length;
  const more = further > 0 && (
    <Toggle pressed={all} onChange={setAll}>
      {further} further scores
    </Toggle>
  );
  const [only] = benchmarks;
  return (
    <div className="flex flex-col gap-5">
      {benchmarks.length === 1 && only ? (
        <Table title={only} aside={more} grid={onBenchmark(rows, only, shown)} {...shared} />
      ) : (
        <>
          <Table
            title={
              <Select
                aria-label="What is compared"
                className="w-52"
                value={column.metric}
                onChange={({ target }) => setMetric(target.value)}
              >
                {columns.map(({ metric, title }) => (
                  <option key={metric} value={metric}>
                    {title}
                  </option>
                ))}
              </Select>
            }
            grid={acrossBenchmarks(rows, benchmarks, column)}
            {...shared}
          />
          {!short &&
            benchmarks.map((benchmark) => (
              <details key={benchmark} data-testid={`benchmark-${benchmark}`}>
                <summary className="w-fit cursor-pointer font-semibold">{benchmark}</summary>
                <div className="mt-2">
                  <Table aside={more} grid={onBenchmark(rows, benchmark, shown)} {...shared} />
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
  aside?: React.ReactNode;
}

function Table({ title, aside, ...table }: TableProps) {
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        {typeof title === "string" ? <h3 className="font-semibold">{title}</h3> : title}
        {aside}
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
        Accuracies and shares in percent with their 95% interval; n on hover, and at the head of a
        column what it means; the best of a column in bold. Items and steps are to meet the
        supervision, not to be high.
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
