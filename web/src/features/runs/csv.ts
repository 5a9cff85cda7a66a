import type { RunSnapshot } from "@/api/schema";
import type { RunColumn } from "./run-columns";

/** The runs as a table for a spreadsheet, with a line of heads. */
export function toCsv(columns: readonly RunColumn[], runs: readonly RunSnapshot[]): string {
  const heads = ["run", ...columns.map(({ id }) => id)];
  const rows = runs.map((run) => [run.name, ...columns.map(({ text }) => text(run))]);
  return [heads, ...rows].map((cells) => `${cells.map(quoted).join(",")}\r\n`).join("");
}

/** A spreadsheet takes a cell that begins like a formula for one, whoever wrote it. */
function quoted(cell: string): string {
  const isNumber = /^-?[\d.]+(e[+-]?\d+)?$/i.test(cell);
  const safe = !isNumber && /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Have the browser keep a text as a file. */
export function download(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
