import { bestOf, type Cell, type Grid, type GridColumn, type GridRow, textOf } from "./grid";
import { formatInterval } from "./table";

/** What a table can be written as. */
export const FORMATS: { label: string; write: (grid: Grid) => string }[] = [
  { label: "Markdown", write: toMarkdown },
  { label: "CSV", write: toCsv },
  { label: "LaTeX", write: toLatex },
];

const NOTHING = "–";

export function toMarkdown({ columns, rows, foot }: Grid): string {
  const best = bestOf(rows, columns);
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const score = (text: string, interval: string, isBest: boolean) =>
    `${isBest ? `**${text}**` : text}${interval && ` ${interval}`}`;
  return `${[
    line(["Arm", ...columns.map(({ title }) => title)]),
    line(["---", ...columns.map(() => "---:")]),
    ...rows.map((row) => line([row.arm, ...scores(row, columns, best, score)])),
    ...foot.map(({ title, texts }) => line([title, ...texts])),
  ].join("\n")}\n`;
}

/** A booktabs table with the best in bold and intervals in small print. */
export function toLatex({ columns, rows, foot }: Grid): string {
  const best = bestOf(rows, columns);
  const line = (cells: readonly string[]) => `${cells.join(" & ")} \\\\`;
  const score = (text: string, interval: string, isBest: boolean) =>
    `${isBest ? `\\textbf{${text}}` : text}${interval && ` {\\scriptsize ${interval}}`}`;
  return `${[
    `\\begin{tabular}{l${"r".repeat(columns.length)}}`,
    "\\toprule",
    line(["Arm", ...columns.map(({ title }) => escaped(title))]),
    "\\midrule",
    ...rows.map((row) => line([escaped(row.arm), ...scores(row, columns, best, score)])),
    ...(foot.length > 0 ? ["\\midrule"] : []),
    ...foot.map(({ title, texts }) => line([escaped(title), ...texts])),
    "\\bottomrule",
    "\\end{tabular}",
  ].join("\n")}\n`;
}

/** Every number as it is, one per line, for whoever computes on with them. */
export function toCsv({ title, columns, rows }: Grid): string {
  const lines = rows.flatMap(({ pipelineId, arm, cells }) =>
    columns.map((column, index) => {
      const { estimate, plain } = cells[index] as Cell;
      const { value = plain, low, high, n } = estimate ?? {};
      return [title, pipelineId, arm, column.key, value, low, high, n].map(quoted).join(",");
    }),
  );
  return `${["table,pipeline,arm,column,value,low,high,n", ...lines].join("\n")}\n`;
}

function scores(
  row: GridRow,
  columns: readonly GridColumn[],
  best: readonly (string | undefined)[],
  score: (text: string, interval: string, isBest: boolean) => string,
): string[] {
  return columns.map((column, index) => {
    const cell = row.cells[index] as Cell;
    const text = textOf(cell, column);
    const interval = cell.estimate ? formatInterval(cell.estimate, column.share) : "";
    return text === undefined ? NOTHING : score(text, interval, text === best[index]);
  });
}

/** A name that begins like a formula would be run by a spreadsheet. */
function quoted(value: string | number | undefined): string {
  if (typeof value !== "string") {
    return value === undefined ? "" : String(value);
  }
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

const LATEX: Record<string, string> = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
};

function escaped(text: string): string {
  return text.replace(/[\\~^&%$#_{}]/g, (sign) => LATEX[sign] ?? `\\${sign}`);
}
