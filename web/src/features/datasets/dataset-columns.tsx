import { Link } from "@tanstack/react-router";
import { createColumnHelper, tableFeatures } from "@tanstack/react-table";
import type { DatasetSnapshot } from "@/api/schema";
import { Ago } from "@/components/moment";
import { formatCount } from "@/format/numbers";
import { quarantinedRows, splitLine } from "./holdings";

export const datasetFeatures = tableFeatures({});
const column = createColumnHelper<typeof datasetFeatures, DatasetSnapshot>();

export const datasetColumns = column.columns([
  column.accessor("name", {
    header: "Data set",
    cell: ({ row: { original: dataset } }) => (
      <Link
        to="/data/$datasetId"
        params={{ datasetId: dataset.id }}
        className="font-medium hover:text-accent hover:underline"
      >
        {dataset.name}
      </Link>
    ),
  }),
  column.accessor("rows", { header: "Rows", cell: ({ getValue }) => <Count of={getValue()} /> }),
  column.accessor("images", {
    header: "Images",
    cell: ({ getValue }) => <Count of={getValue()} />,
  }),
  column.accessor("demonstrations", {
    header: "Demonstrations",
    cell: ({ getValue }) => <Count of={getValue()} />,
  }),
  column.accessor("answers", {
    header: "Gold answers",
    cell: ({ getValue }) => <Count of={getValue()} />,
  }),
  column.accessor("splits", {
    header: "Splits",
    cell: ({ getValue }) => <span className="text-muted">{splitLine(getValue())}</span>,
  }),
  column.display({
    id: "quarantined",
    header: "Quarantined",
    cell: ({ row: { original: dataset } }) => <Count of={quarantinedRows(dataset)} />,
  }),
  column.accessor("location", {
    header: "Folder",
    cell: ({ getValue }) => <span className="tabular text-small text-muted">{getValue()}</span>,
  }),
  column.accessor("created_at", {
    header: "Registered",
    cell: ({ getValue }) => <Ago instant={getValue()} />,
  }),
]);

/** A number to be read in a column; nothing where it was not counted. */
function Count({ of }: { of: number | null | undefined }) {
  return of == null ? null : <span className="tabular">{formatCount(of)}</span>;
}
