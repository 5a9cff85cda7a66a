import type { Estimate, PairedDifference } from "@/api/schema";
import { formatDuration } from "@/format/time";
import type { Row } from "./rows";
import { headOf as sectionOf, shortName } from "./suites";
import { formatScore, type ScoreColumn } from "./table";

/** What stands in a cell: a number with or without its interval, or why there is none. */
export interface Cell {
  estimate?: Estimate;
  /** A number that comes without an interval. */
  plain?: number;
  /** The policy's right answers against those of another, item by item. */
  paired?: PairedDifference | null;
  /** The evaluation whose items are behind the number; none behind a mean over seeds. */
  runId?: string;
  reason: string;
}

export interface GridColumn extends Pick<ScoreColumn, "title" | "meaning" | "share" | "better"> {
  key: string;
  /** Whether a cell shows its interval beside the number. */
  interval: boolean;
  /** What it and its neighbours have in common. */
  section?: string;
}

export interface GridRow {
  key: string;
  arm: string;
  pipelineId: string;
  /** How many seeds its numbers are the mean of, where that is more than one. */
  seeds?: number;
  cells: Cell[];
}

/** A table of results as it is shown and exported. */
export interface Grid {
  title: string;
  columns: GridColumn[];
  rows: GridRow[];
  /** What the arms are measured by; empty where a column has no such number. */
  foot: { title: string; testId: string; texts: string[] }[];
}

/** The columns that any row has a score for. */
export function scoredColumns(
  rows: readonly Row[],
  columns: readonly ScoreColumn[],
): ScoreColumn[] {
  return columns.filter(({ metric }) =>
    rows.some(({ scored }) => Object.values(scored).some(({ scores }) => metric in scores)),
  );
}

/**
 * The columns of parts of benchmarks that any row has a score for, such as
 * `accuracy_greedy/task=geometry`: what they measure is the metric before the slash.
 */
export function partColumns(rows: readonly Row[], columns: readonly ScoreColumn[]): ScoreColumn[] {
  const scored = rows.flatMap((row) => Object.values(row.scored));
  const names = new Set(scored.flatMap(({ scores }) => Object.keys(scores)));
  return [...names].sort().flatMap((name) => {
    const slash = name.indexOf("/");
    const whole = columns.find(({ metric }) => metric === name.slice(0, Math.max(slash, 0)));
    const [dimension, value] = name.slice(slash + 1).split(/=(.*)/s);
    return whole && dimension && value
      ? [
          {
            ...whole,
            metric: name,
            title: value,
            meaning: `${whole.meaning}; of the items whose ${dimension} is ${value}`,
            main: false,
          },
        ]
      : [];
  });
}

/** One metric on all benchmarks, and their mean: a row per arm, as papers print it. */
export function acrossBenchmarks(
  rows: readonly Row[],
  benchmarks: readonly string[],
  column: ScoreColumn,
): Grid {
  const { metric } = column;
  const columns = benchmarks.map(
    (name): GridColumn => ({
      ...column,
      key: name,
      title: shortName(name),
      interval: true,
      section: sectionOf(name),
    }),
  );
  const mean: GridColumn = {
    ...column,
    key: "mean",
    title: "Avg",
    meaning: `The plain mean of the ${benchmarks.length} columns, however many items each has`,
    interval: false,
  };
  const majority = benchmarks.map((name) => {
    const found = rows.find(({ scored }) => scored[name])?.scored[name]?.majority;
    return PAIRED.includes(metric) && found !== undefined ? formatScore(found, true) : "";
  });
  return {
    title: column.title,
    columns: [...columns, mean],
    rows: rows.map((row) => {
      const cells = benchmarks.map((name) => cellOf(row, name, metric));
      return { ...headOf(row), cells: [...cells, meanOf(cells)] };
    }),
    foot: majority.some(Boolean)
      ? [{ title: "Most common answer", testId: "majority", texts: [...majority, ""] }]
      : [],
  };
}

/** Several metrics on one benchmark, and how long the training behind each arm took. */
export function onBenchmark(
  rows: readonly Row[],
  benchmark: string,
  columns: readonly ScoreColumn[],
): Grid {
  const scored = rows.flatMap((row) => row.scored[benchmark] ?? []);
  const metrics = columns.filter(({ metric }) => scored.some(({ scores }) => metric in scores));
  const supervision = metrics.map(({ metric, share }) => {
    const known = scored.find((result) => metric in result.supervision)?.supervision[metric];
    return known === undefined ? "" : formatScore(known, share);
  });
  const [first] = scored;
  const majority = metrics.map(({ metric }) =>
    metric === "accuracy_greedy" && first ? formatScore(first.majority, true) : "",
  );
  return {
    title: benchmark,
    columns: [
      ...metrics.map((column) => ({ ...column, key: column.metric, interval: true })),
      TRAINING,
    ],
    rows: rows.map((row) => ({
      ...headOf(row),
      cells: [
        ...metrics.map(({ metric }) => cellOf(row, benchmark, metric)),
        { plain: row.scored[benchmark]?.seconds, reason: whyNothing(row, benchmark) },
      ],
    })),
    foot: [
      { title: "Supervision", testId: "supervision", texts: [...supervision, ""] },
      { title: "Most common answer", testId: "majority", texts: [...majority, ""] },
    ],
  };
}

/** Scores that right answers of the items decide, so that a paired test is about them. */
const PAIRED = ["accuracy_greedy", "score"];

const TRAINING: GridColumn = {
  key: "seconds",
  title: "Training",
  meaning: "Time in which the runs behind an arm trained",
  share: false,
  better: "neither",
  interval: false,
};

/** A cell's number as it is shown, without its interval. */
export function textOf({ estimate, plain }: Cell, column: GridColumn): string | undefined {
  const value = estimate?.value ?? plain;
  if (value === undefined) {
    return undefined;
  }
  return column.key === "seconds" ? formatDuration(value) : formatScore(value, column.share);
}

/** The best value of every column as it is shown, where there is a best; rows may share it. */
export function bestOf(rows: readonly GridRow[], columns: readonly GridColumn[]) {
  return columns.map((column, index) => {
    const cells = rows.map(({ cells: all }) => all[index] as Cell);
    const values = cells.map(({ estimate, plain }) => estimate?.value ?? plain);
    const known = values.filter((value) => value !== undefined);
    if (column.better === "neither" || known.length < 2) {
      return undefined;
    }
    const best = column.better === "up" ? Math.max(...known) : Math.min(...known);
    return textOf({ plain: best, reason: "" }, column);
  });
}

function headOf({ key, arm, pipelineId, seeds }: Row) {
  return { key, arm, pipelineId, seeds };
}

function cellOf(row: Row, benchmark: string, metric: string): Cell {
  const result = row.scored[benchmark];
  if (!result) {
    return { reason: whyNothing(row, benchmark) };
  }
  const paired = PAIRED.includes(metric) ? result.paired : null;
  return {
    estimate: result.scores[metric],
    paired,
    runId: row.seeds ? undefined : result.run_id,
    reason: "This evaluation did not measure it.",
  };
}

function whyNothing(row: Row, benchmark: string): string {
  return row.waits ?? `It was not evaluated on ${benchmark}.`;
}

/** The mean over benchmarks, where none of them is missing: half a mean compares with nothing. */
function meanOf(cells: readonly Cell[]): Cell {
  const values = cells.flatMap(({ estimate }) => estimate?.value ?? []);
  return values.length === cells.length
    ? { plain: values.reduce((sum, value) => sum + value, 0) / values.length, reason: "" }
    : { reason: "The average needs every benchmark." };
}
