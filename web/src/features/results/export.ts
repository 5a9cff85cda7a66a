import { formatP, pairedSign } from "./difference";
import { bestOf, type Cell, type Grid, type GridColumn, type GridRow, textOf } from "./grid";
import { formatInterval } from "./table";

/** What a table can be written as. */
export const FORMATS: { label: string; write: (grid: Grid) => string }[] = [
  { label: "Markdown", write: toMarkdown },
  { label: "CSV", write: toCsv },
  { label: "LaTeX", write: toLatex },
];

const NOTHING = "–";

/** What a paired test says of a cell. */
type Sign = "1" | "0" | "-1";

const UP = "\\textsuperscript{$\\uparrow$}";
const DOWN = "\\textsuperscript{$\\downarrow$}";

const HEAD =
  "table,pipeline,arm,column,value,low,high,n,seeds,against,difference,difference_low,difference_high,p";

/** What the marks mean, where there are any. */
function noteOf(rows: readonly GridRow[], up: string, down: string): string[] {
  const pairs = rows.flatMap(({ cells }) => cells.flatMap(({ paired }) => paired ?? []));
  const marked = pairs.filter((paired) => pairedSign(paired) !== 0);
  if (marked.length === 0) {
    return [];
  }
  const largest = Math.max(...marked.map(({ p }) => p));
  return [
    `${up} higher and ${down} lower than the arm that it was compared with, by the exact paired test (largest marked p ${formatP(largest)}).`,
  ];
}

export function toMarkdown({ columns, rows, foot }: Grid): string {
  const best = bestOf(rows, columns);
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const score = (text: string, interval: string, isBest: boolean, sign: Sign) =>
    `${isBest ? `**${text}**` : text}${{ "1": "▲", "0": "", "-1": "▼" }[sign]}${interval && ` ${interval}`}`;
  return `${[
    line(["Arm", ...columns.map(({ title }) => title)]),
    line(["---", ...columns.map(() => "---:")]),
    ...rows.map((row) => line([nameOf(row), ...scores(row, columns, best, score)])),
    ...foot.map(({ title, texts }) => line([title, ...texts])),
    ...noteOf(rows, "▲", "▼").map((note) => `\n${note}`),
  ].join("\n")}\n`;
}

/** A booktabs table with the best in bold and intervals in small print. */
export function toLatex({ columns, rows, foot }: Grid): string {
  const best = bestOf(rows, columns);
  const line = (cells: readonly string[]) => `${cells.join(" & ")} \\\\`;
  const score = (text: string, interval: string, isBest: boolean, sign: Sign) =>
    `${isBest ? `\\textbf{${text}}` : text}${{ "1": UP, "0": "", "-1": DOWN }[sign]}${interval && ` {\\scriptsize ${interval}}`}`;
  return `${[
    `\\begin{tabular}{l${"r".repeat(columns.length)}}`,
    "\\toprule",
    line(["Arm", ...columns.map(({ title }) => escaped(title))]),
    "\\midrule",
    ...rows.map((row) => line([escaped(nameOf(row)), ...scores(row, columns, best, score)])),
    ...(foot.length > 0 ? ["\\midrule"] : []),
    ...foot.map(({ title, texts }) => line([escaped(title), ...texts])),
    "\\bottomrule",
    "\\end{tabular}",
    ...noteOf(rows, UP, DOWN).map((note) => `\\par ${note}`),
  ].join("\n")}\n`;
}

/** Every number as it is, one per line, for whoever computes on with them. */
export function toCsv({ title, columns, rows }: Grid): string {
  const lines = rows.flatMap(({ pipelineId, arm, seeds, cells }) =>
    columns.map((column, index) => {
      const { estimate, plain, paired } = cells[index] as Cell;
      const { value = plain, low, high, n } = estimate ?? {};
      const { difference: apart, p, arm: other } = paired ?? {};
      const compared = [other, apart?.value, apart?.low, apart?.high, p];
      return [title, pipelineId, arm, column.key, value, low, high, n, seeds ?? 1, ...compared]
        .map(quoted)
        .join(",");
    }),
  );
  return `${[HEAD, ...lines].join("\n")}\n`;
}

/** An arm, and of how many seeds its numbers are the mean. */
function nameOf({ arm, seeds }: GridRow): string {
  return seeds ? `${arm} (${seeds} seeds)` : arm;
}

function scores(
  row: GridRow,
  columns: readonly GridColumn[],
  best: readonly (string | undefined)[],
  score: (text: string, interval: string, isBest: boolean, sign: Sign) => string,
): string[] {
  return columns.map((column, index) => {
    const cell = row.cells[index] as Cell;
    const text = textOf(cell, column);
    const interval = cell.estimate ? formatInterval(cell.estimate, column.share) : "";
    const sign: Sign = cell.paired ? `${pairedSign(cell.paired)}` : "0";
    return text === undefined ? NOTHING : score(text, interval, text === best[index], sign);
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
