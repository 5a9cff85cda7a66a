import { Link } from "@tanstack/react-router";
import { createColumnHelper, tableFeatures } from "@tanstack/react-table";
import type { PipelineSnapshot } from "@/api/schema";
import { Ago, Elapsed } from "@/components/moment";
import { StateMark } from "@/components/run-state";

export const pipelineFeatures = tableFeatures({});
const column = createColumnHelper<typeof pipelineFeatures, PipelineSnapshot>();

export const pipelineColumns = column.columns([
  column.accessor("name", {
    header: "Pipeline",
    cell: ({ row: { original: pipeline } }) => (
      <Link
        to="/pipelines/$pipelineId"
        params={{ pipelineId: pipeline.id }}
        className="font-medium hover:text-accent hover:underline"
      >
        {pipeline.name} <span className="tabular font-normal text-muted">#{pipeline.number}</span>
      </Link>
    ),
  }),
  column.accessor("state", {
    header: "State",
    cell: ({ getValue }) => <StateMark state={getValue()} />,
  }),
  column.display({
    id: "progress",
    header: "Runs done",
    cell: ({ row: { original: pipeline } }) => (
      <span className="tabular">
        {pipeline.runs.filter(({ state }) => state === "succeeded").length}/{pipeline.runs.length}
      </span>
    ),
  }),
  column.display({
    id: "now",
    header: "Now",
    cell: ({ row: { original: pipeline } }) =>
      pipeline.runs
        .filter(({ state }) => state === "running")
        .map(({ name }) => name)
        .join(", "),
  }),
  column.accessor("seed", {
    header: "Seed",
    cell: ({ getValue }) => <span className="tabular">{getValue()}</span>,
  }),
  column.accessor("created_by", { header: "By" }),
  column.accessor("created_at", {
    header: "Launched",
    cell: ({ getValue }) => <Ago instant={getValue()} />,
  }),
  column.display({
    id: "took",
    header: "Took",
    cell: ({ row: { original: pipeline } }) => (
      <Elapsed from={pipeline.created_at} until={pipeline.finished_at} />
    ),
  }),
]);
