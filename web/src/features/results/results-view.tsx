import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { catalogQuery } from "@/api/catalog";
import { CopyButton } from "@/components/copy-button";
import { Outline } from "@/components/ui/outline";
import { Select } from "@/components/ui/select";
import { Toggle } from "@/components/ui/toggle";
import { FORMATS } from "./export";
import { acrossBenchmarks, type Grid, onBenchmark, partColumns, scoredColumns } from "./grid";
import { ResultsTable } from "./results-table";
import type { Row } from "./rows";
import { type Suite, suitesOf } from "./suites";
import { columnsOf, type ScoreColumn } from "./table";

interface ResultsViewProps {
  rows: readonly Row[];
  benchmarks: readonly string[];
  pipelines?: ReadonlyMap<string, string>;
  /** The row that all others are compared with, and not with their parents. */
  baseline?: Row | undefined;
  onBaseline?: (row: Row | undefined) => void;
  /** Why there may be nothing to see yet. */
  empty: string;
  /** Only the tables that sum up, as on the home page. */
  short?: boolean;
}

const NO_NAMES: ReadonlyMap<string, string> = new Map();

/** A table for every suite of benchmarks, then each by itself; one alone needs no summing up. */
export function ResultsView({
  rows,
  benchmarks,
  pipelines = NO_NAMES,
  baseline,
  onBaseline,
  empty,
  short,
}: ResultsViewProps) {
  const [chosen, setMetric] = useState<string>();
  const [all, setAll] = useState(false);
  const { data: catalog } = useQuery(catalogQuery);
  if (!catalog) {
    return <Outline className="h-64" />;
  }
  const columns = scoredColumns(rows, columnsOf(catalog.metrics));
  const column = columns.find(({ metric }) => metric === chosen) ?? columns[0];
  if (!column) {
    return <p className="max-w-[72ch] py-6 text-muted">{empty}</p>;
  }
  const choose =
    onBaseline && ((key: string | undefined) => onBaseline(rows.find((row) => row.key === key)));
  const shared = { pipelines, baseline: baseline?.key, onBaseline: choose };
  const everything = [...columns, ...partColumns(rows, columnsOf(catalog.metrics))];
  const shown = all ? everything : columns.filter(({ main }) => main);
  const further = everything.filter(({ main }) => !main).length;
  const more = further > 0 && (
    <Toggle pressed={all} onChange={setAll}>
      {further} further scores
    </Toggle>
  );
  const [only] = benchmarks;
  const suites = suitesOf(benchmarks);
  return (
    <div className="flex flex-col gap-5">
      {benchmarks.length === 1 && only ? (
        <Table title={only} aside={more} grid={onBenchmark(rows, only, shown)} {...shared} />
      ) : (
        <>
          {suites.map((suite, place) => (
            <Table
              key={suite.title}
              title={suites.length > 1 || suite.complete ? suite.title : undefined}
              aside={
                place === 0 && (
                  <Metric columns={columns} metric={column.metric} onChange={setMetric} />
                )
              }
              grid={acrossBenchmarks(rowsIn(rows, suite.benchmarks), suite.benchmarks, column)}
              {...shared}
            />
          ))}
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
      <Legend
        comparedWith={baseline?.arm}
        suites={suites}
        isFolded={rows.some(({ seeds }) => seeds)}
      />
    </div>
  );
}

/** The rows that have, or wait for, a score on any of these benchmarks. */
function rowsIn(rows: readonly Row[], benchmarks: readonly string[]): Row[] {
  return rows.filter(({ scored, waits }) => waits || benchmarks.some((name) => scored[name]));
}

interface MetricProps {
  columns: readonly ScoreColumn[];
  metric: string;
  onChange: (metric: string) => void;
}

function Metric({ columns, metric, onChange }: MetricProps) {
  return (
    <Select
      aria-label="What is compared"
      className="w-52"
      value={metric}
      onChange={({ target }) => onChange(target.value)}
    >
      {columns.map((column) => (
        <option key={column.metric} value={column.metric}>
          {column.title}
        </option>
      ))}
    </Select>
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

interface LegendProps {
  comparedWith: string | undefined;
  suites: readonly Suite[];
  isFolded: boolean;
}

function Legend({ comparedWith, suites, isFolded }: LegendProps) {
  return (
    <div className="max-w-[72ch] text-small text-muted" data-testid="legend">
      <p>
        Accuracies and shares in percent with their 95% interval; n on hover, and at the head of a
        column what it means; the best of a column in bold. Items and steps are to meet the
        supervision, not to be high.
      </p>
      {isFolded && (
        <p className="mt-1">
          Of several seeds it is their mean, with its 95% t-interval over the seeds; n is the number
          of items that each was asked. The paired test is of two policies, so that a mean has none:
          take the seeds apart for it.
        </p>
      )}
      <p className="mt-1">
        {comparedWith ? `Differences to ${comparedWith}: ` : "Beside an accuracy: "}▲ higher and ▼
        lower than {comparedWith ?? "the policy that it was trained from"}, by an exact test of the
        items that one of the two alone answers rightly (McNemar; versions of one problem are taken
        together), where p is below 0.05. That is for one test: of twenty, one is marked by chance.
        Where the two were not asked the same items, or the number is no share of right answers, a
        difference is put together from the two intervals as if they had answered different items
        (Newcombe), and marked where it excludes 0.
      </p>
      {suites.some(({ complete }) => complete) && (
        <p className="mt-1">
          Avg is the plain mean of the seven columns, as in the paper. The columns are the numbers
          by which each benchmark’s authors rank: for WeMath the loose score, for MMMU-Pro the mean
          of its two settings, else the share of right answers.
        </p>
      )}
    </div>
  );
}
