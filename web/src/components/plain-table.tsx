import type { ReactNode } from "react";
import { Outline } from "./ui/outline";
import { ScrollFrame } from "./ui/scroll-frame";

interface PlainTableProps {
  label: string;
  columns: readonly string[];
  /** What is said where there is no row; nothing while the rows are loading. */
  empty: string | undefined;
  rows: readonly { key: string; cells: readonly ReactNode[] }[];
}

/** A short list: rows between hairlines, without sorting or selecting. */
export function PlainTable({ label, columns, empty, rows }: PlainTableProps) {
  if (rows.length === 0) {
    return empty === undefined ? (
      <Outline what={label.toLowerCase()} className="mx-4 my-4 h-5" />
    ) : (
      <p className="px-4 py-4 text-muted">{empty}</p>
    );
  }
  return (
    <ScrollFrame aria-label={label} className="rounded-none border-0">
      <table className="w-full text-left">
        <thead>
          <tr className="border-b border-line text-small text-muted">
            {columns.map((title) => (
              <th key={title} scope="col" className="h-8 px-4 font-medium whitespace-nowrap">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, cells }) => (
            <tr key={key} data-testid={`row-${key}`} className="border-b border-line last:border-0">
              {cells.map((cell, column) => (
                <td key={columns[column]} className="h-9 px-4 whitespace-nowrap">
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollFrame>
  );
}
