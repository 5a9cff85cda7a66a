import { Link } from "@tanstack/react-router";
import { createColumnHelper, tableFeatures } from "@tanstack/react-table";
import type { RunSnapshot } from "@/api/schema";
import { Ago, Elapsed } from "@/components/moment";
import { StateMark, stateWord } from "@/components/run-state";
import { formatNumber } from "@/format/numbers";

export const runFeatures = tableFeatures({});
const column = createColumnHelper<typeof runFeatures, RunSnapshot>();

export const runColumns = column.columns([
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
  ...["gap_perception", "gap_reasoning", "reward", "accuracy"].map((metric) =>
    column.display({
      id: metric,
      header: { gap_perception: "Gap P", gap_reasoning: "Gap R" }[metric] ?? capital(metric),
      cell: ({ row: { original: run } }) => {
        const value = run.latest[metric];
        return value === undefined ? null : <span className="tabular">{formatNumber(value)}</span>;
      },
    }),
  ),
  column.accessor("created_at", {
    header: "Created",
    cell: ({ getValue }) => <Ago instant={getValue()} />,
  }),
  column.display({
    id: "took",
    header: "Took",
    cell: ({ row: { original: run } }) =>
      run.started_at ? <Elapsed from={run.started_at} until={run.finished_at} /> : null,
  }),
]);

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
