import { Link } from "@tanstack/react-router";
import { createColumnHelper, tableFeatures } from "@tanstack/react-table";
import type { ReactNode } from "react";
import type { RunSnapshot } from "@/api/schema";
import { Ago, Elapsed } from "@/components/moment";
import { StateMark, stateWord } from "@/components/run-state";
import { formatNumber } from "@/format/numbers";

export const runFeatures = tableFeatures({});
const column = createColumnHelper<typeof runFeatures, RunSnapshot>();

interface ColumnChoice {
  metrics: readonly string[];
  titles: ReadonlyMap<string, string>;
  sort: string;
  onSort: (field: string) => void;
}

/** What is shown of a run, with a column for each of these metrics. */
export function runColumns({ metrics, titles, sort, onSort }: ColumnChoice) {
  return column.columns([
    column.accessor("name", {
      header: "Run",
      cell: ({ row: { original: run } }) => (
        <Link
          to="/pipelines/$pipelineId"
          params={{ pipelineId: run.pipeline_id }}
          search={{ run: run.name }}
          className="font-medium hover:text-accent hover:underline"
        >
          {run.name}
        </Link>
      ),
    }),
    column.accessor("kind", { header: "Kind" }),
    column.display({
      id: "state",
      header: "State",
      cell: ({ row: { original: run } }) => <StateMark state={run.state} word={stateWord(run)} />,
    }),
    column.display({
      id: "steps",
      header: "Steps",
      cell: ({ row: { original: run } }) =>
        run.steps ? (
          <span className="tabular">
            {run.step}/{run.steps}
          </span>
        ) : null,
    }),
    column.accessor("attempt", {
      header: "Attempt",
      cell: ({ getValue }) => <span className="tabular">{getValue()}</span>,
    }),
    ...metrics.map((metric) =>
      column.display({
        id: metric,
        header: () => (
          <SortButton field={`metrics.${metric}`} sort={sort} onSort={onSort}>
            {titles.get(metric) ?? metric}
          </SortButton>
        ),
        cell: ({ row: { original: run } }) => {
          const value = run.latest[metric];
          return value === undefined ? null : (
            <span className="tabular">{formatNumber(value)}</span>
          );
        },
      }),
    ),
    column.display({
      id: "tags",
      header: "Tags",
      cell: ({ row: { original: run } }) => run.tags.join(" "),
    }),
    column.accessor("created_at", {
      header: () => (
        <SortButton field="created" sort={sort} onSort={onSort}>
          Created
        </SortButton>
      ),
      cell: ({ getValue }) => <Ago instant={getValue()} />,
    }),
    column.display({
      id: "took",
      header: "Took",
      cell: ({ row: { original: run } }) =>
        run.started_at ? <Elapsed from={run.started_at} until={run.finished_at} /> : null,
    }),
  ]);
}

interface SortButtonProps {
  field: string;
  sort: string;
  onSort: (field: string) => void;
  children: ReactNode;
}

function SortButton({ field, sort, onSort, children }: SortButtonProps) {
  const word = { [field]: "ascending", [`-${field}`]: "descending" }[sort];
  return (
    <button
      type="button"
      className="inline-flex items-center gap-1 font-medium hover:text-text"
      onClick={() => onSort(field)}
    >
      {children}
      {word && <span className="sr-only">{word}</span>}
      {word && <span aria-hidden>{word === "ascending" ? "↑" : "↓"}</span>}
    </button>
  );
}
