import type { ReactTable, RowData, TableFeatures } from "@tanstack/react-table";
import { ColumnHead } from "./ui/column-head";
import { Outline } from "./ui/outline";
import { ScrollFrame } from "./ui/scroll-frame";

interface DataTableProps<Features extends TableFeatures, Row extends RowData> {
  table: ReactTable<Features, Row>;
  label: string;
  /** What is said where there is no row; nothing while the rows are loading. */
  empty: string | undefined;
}

/** Rows of 32 px between hairlines; a wide table scrolls inside its own frame. */
export function DataTable<Features extends TableFeatures, Row extends RowData>({
  table,
  label,
  empty,
}: DataTableProps<Features, Row>) {
  const rows = table.getRowModel().rows;
  if (rows.length === 0 && empty === undefined) {
    // How wide the columns are is known with the rows.
    return <Outline what={label.toLowerCase()} className="h-72" />;
  }
  return (
    <ScrollFrame aria-label={label}>
      <table className="w-full border-collapse text-left">
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id} className="border-b border-line">
              {group.headers.map((header) => (
                <ColumnHead key={header.id}>
                  <table.FlexRender header={header} />
                </ColumnHead>
              ))}
            </tr>
          ))}
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr
              key={row.id}
              data-testid={`row-${row.id}`}
              className="border-b border-line last:border-0 hover:bg-sunken"
            >
              {row.getAllCells().map((cell) => (
                <td key={cell.id} className="h-8 px-3 whitespace-nowrap">
                  <table.FlexRender cell={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length === 0 && <p className="px-3 py-6 text-muted">{empty}</p>}
    </ScrollFrame>
  );
}
