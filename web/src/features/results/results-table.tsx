import { Link } from "@tanstack/react-router";
import { Crosshair } from "lucide-react";
import type { PairedDifference } from "@/api/schema";
import { classNames } from "@/components/class-names";
import { ScrollFrame } from "@/components/ui/scroll-frame";
import { Tooltip } from "@/components/ui/tooltip";
import { formatCount } from "@/format/numbers";
import { type Difference, difference, formatP, pairedSign, signOf } from "./difference";
import { bestOf, type Cell, type Grid, type GridColumn, type GridRow, textOf } from "./grid";
import { formatDifference, formatInterval } from "./table";

interface ResultsTableProps {
  grid: Grid;
  /** What to call each pipeline by its id, where arms of several stand in one table. */
  pipelines: ReadonlyMap<string, string>;
  /** The key of the row that all others are compared with. */
  baseline: string | undefined;
  onBaseline: ((key: string | undefined) => void) | undefined;
}

const HEAD = "h-9 px-1.5 text-right align-bottom pb-1.5 text-small font-medium text-muted";
const CELL = "h-8 px-1.5 py-1 text-right whitespace-nowrap";
/** As wide as the widest number with its interval, so that nothing moves when scores arrive. */
const WIDE = "sm:min-w-[8.6rem]";

/** Scores with their intervals, a row per arm; the best of a column in bold. */
export function ResultsTable({ grid, pipelines, baseline, onBaseline }: ResultsTableProps) {
  const { title, columns, rows, foot } = grid;
  const compared = rows.find(({ key }) => key === baseline);
  return (
    <ScrollFrame aria-label={`Results: ${title}`}>
      <table className="w-full border-collapse" data-testid="results-table">
        <caption className="sr-only">Results: {title}</caption>
        <thead>
          <Sections columns={columns} />
          <tr className="border-b border-line-strong/50">
            <th scope="col" className={classNames(HEAD, "text-left")}>
              Arm
            </th>
            {columns.map((column) => (
              <th
                key={column.key}
                scope="col"
                className={classNames(HEAD, column.interval && WIDE)}
              >
                <span title={column.meaning}>{column.title}</span>
              </th>
            ))}
          </tr>
        </thead>
        {grouped(rows).map((group) => (
          <Group
            key={group[0]?.pipelineId}
            title={pipelines.get(group[0]?.pipelineId ?? "")}
            rows={group}
            columns={columns}
            compared={compared}
            onBaseline={onBaseline}
          />
        ))}
        <tfoot className="text-muted">
          {foot.map(({ title: what, testId, texts }) => (
            <tr key={testId} data-testid={testId} className="border-t border-line">
              <th scope="row" className="px-2 text-left font-normal whitespace-nowrap">
                {what}
              </th>
              {columns.map(({ key }, index) => (
                <td key={key} className={classNames(CELL, "tabular")}>
                  {texts[index]}
                </td>
              ))}
            </tr>
          ))}
        </tfoot>
      </table>
    </ScrollFrame>
  );
}

/** A line over the heads of the columns, where some of them have something in common. */
function Sections({ columns }: { columns: readonly GridColumn[] }) {
  const names = [...new Set(columns.flatMap(({ section }) => section ?? []))];
  if (names.length === 0) {
    return null;
  }
  const rest = columns.filter(({ section }) => !section).length;
  return (
    <tr className="text-small text-muted">
      <td />
      {names.map((name) => (
        <th
          key={name}
          scope="colgroup"
          colSpan={columns.filter(({ section }) => section === name).length}
          className="border-b border-line px-1.5 pt-1 text-center font-medium"
        >
          {name}
        </th>
      ))}
      <td colSpan={rest} />
    </tr>
  );
}

/** Rows of one pipeline stand together, as they came. */
function grouped(rows: readonly GridRow[]): GridRow[][] {
  const pipelines = new Set(rows.map(({ pipelineId }) => pipelineId));
  return [...pipelines].map((id) => rows.filter(({ pipelineId }) => pipelineId === id));
}

interface GroupProps {
  title: string | undefined;
  rows: GridRow[];
  columns: GridColumn[];
  compared: GridRow | undefined;
  onBaseline: ((key: string | undefined) => void) | undefined;
}

/** The arms of one pipeline, compared with each other for the honour of being the best. */
function Group({ title, rows, columns, compared, onBaseline }: GroupProps) {
  const best = bestOf(rows, columns);
  return (
    <tbody>
      {title && (
        <tr className="border-b border-line bg-sunken">
          <th
            scope="rowgroup"
            colSpan={columns.length + 1}
            className="px-2 py-1 text-left text-small font-medium text-muted"
          >
            {title}
          </th>
        </tr>
      )}
      {rows.map((row) => (
        <tr
          key={row.key}
          data-testid={`arm-${row.arm}`}
          className={classNames(
            "border-b border-line last:border-0 hover:bg-sunken",
            row.key === compared?.key && "bg-accent-soft hover:bg-accent-soft",
          )}
        >
          <th
            scope="row"
            className="px-2 py-1 text-left font-medium max-sm:min-w-28 sm:whitespace-nowrap"
          >
            <Arm row={row} isBaseline={row.key === compared?.key} onBaseline={onBaseline} />
          </th>
          {columns.map((column, index) => (
            <Score
              key={column.key}
              cell={row.cells[index] as Cell}
              column={column}
              pipelineId={row.pipelineId}
              best={best[index]}
              compared={row.key === compared?.key ? undefined : compared?.cells[index]}
              comparedWith={compared?.arm}
            />
          ))}
        </tr>
      ))}
    </tbody>
  );
}

interface ArmProps {
  row: GridRow;
  isBaseline: boolean;
  onBaseline: ((key: string | undefined) => void) | undefined;
}

function Arm({ row, isBaseline, onBaseline }: ArmProps) {
  const title = isBaseline ? "Stop comparing" : `Compare all others with ${row.arm}`;
  return (
    <span className="flex items-center gap-1.5">
      {onBaseline && (
        <button
          type="button"
          aria-pressed={isBaseline}
          aria-label={title}
          title={title}
          onClick={() => onBaseline(isBaseline ? undefined : row.key)}
          className={classNames(
            "rounded-small p-0.5 hover:text-accent",
            isBaseline ? "text-accent" : "text-muted",
          )}
        >
          <Crosshair aria-hidden className="size-3.5" />
        </button>
      )}
      <Link
        to="/pipelines/$pipelineId"
        params={{ pipelineId: row.pipelineId }}
        search={{ tab: "results" }}
        className="hover:text-accent hover:underline"
      >
        {row.arm}
      </Link>
      {row.seeds && (
        <span className="text-small font-normal text-muted" data-testid="seeds">
          {row.seeds} seeds
        </span>
      )}
    </span>
  );
}

interface ScoreProps {
  cell: Cell;
  pipelineId: string;
  column: GridColumn;
  best: string | undefined;
  compared: Cell | undefined;
  comparedWith: string | undefined;
}

function Score({ cell, column, pipelineId, best, compared, comparedWith }: ScoreProps) {
  const text = textOf(cell, column);
  if (text === undefined) {
    return (
      <td className={CELL}>
        <Tooltip content={cell.reason}>
          <button type="button" className="cursor-help text-muted" aria-label={cell.reason}>
            –
          </button>
        </Tooltip>
      </td>
    );
  }
  const { estimate } = cell;
  const number = <span className={classNames(text === best && "font-bold")}>{text}</span>;
  if (!estimate) {
    return <td className={classNames(CELL, "tabular")}>{number}</td>;
  }
  const paired = cell.paired && (!comparedWith || cell.paired.arm === comparedWith) && cell.paired;
  const apart = compared?.estimate && !paired && difference(estimate, compared.estimate);
  return (
    <td className={CELL}>
      <Tooltip
        content={
          <>
            n = {formatCount(estimate.n)}, 95% interval {formatInterval(estimate, column.share)}
            {paired && <PairedWords paired={paired} />}
            {apart && (
              <span className="block">
                {formatDifference(apart.value, column.share)} {formatInterval(apart, column.share)}{" "}
                against {comparedWith}, unpaired
              </span>
            )}
          </>
        }
      >
        <Behind runId={cell.runId} pipelineId={pipelineId} data-n={estimate.n}>
          {number}
          {paired && !compared && <Mark paired={paired} />}{" "}
          <span className="text-small text-muted max-sm:hidden">
            {formatInterval(estimate, column.share)}
          </span>
          {paired && compared && (
            <Apart value={paired.difference.value} sign={pairedSign(paired)} column={column} />
          )}
          {apart && <Apart value={apart.value} sign={signOf(apart)} column={column} />}
        </Behind>
      </Tooltip>
    </td>
  );
}

interface BehindProps extends React.HTMLAttributes<HTMLElement> {
  runId: string | undefined;
  pipelineId: string;
  "data-n": number;
}

/** A number that leads to the items behind it, where one evaluation has them all. */
function Behind({ runId, pipelineId, children, ...rest }: BehindProps) {
  return runId ? (
    <Link
      to="/pipelines/$pipelineId"
      params={{ pipelineId }}
      search={{ run: runId, tab: "samples" }}
      preload={false}
      className="tabular inline-block text-right hover:text-accent hover:underline"
      {...rest}
    >
      {children}
    </Link>
  ) : (
    <button type="button" className="tabular cursor-help text-right" {...rest}>
      {children}
    </button>
  );
}

/** What a paired test found, in full. */
function PairedWords({ paired }: { paired: PairedDifference }) {
  const { arm, difference: apart, groups, only_this, only_other, p } = paired;
  return (
    <span className="block" data-testid="paired-words">
      {formatDifference(apart.value, true)} {formatInterval(apart, true)} of the items against {arm}
      , paired: p {formatP(p)}; {formatCount(only_this)} right here alone, {formatCount(only_other)}{" "}
      there alone, of {formatCount(apart.n)}
      {groups < apart.n && ` in ${formatCount(groups)} groups`}
    </span>
  );
}

/** Whether a policy is told apart from the one that it was trained from. */
function Mark({ paired }: { paired: PairedDifference }) {
  const sign = pairedSign(paired);
  const { mark, words } = SIGNS[`${sign}`];
  return sign === 0 ? null : (
    <span
      data-testid="paired-mark"
      className={classNames("ml-0.5 text-small", sign === 1 ? "text-good" : "text-bad")}
    >
      <span aria-hidden>{mark}</span>
      <span className="sr-only">
        {words} than {paired.arm}
      </span>
    </span>
  );
}

const SIGNS = {
  "1": { mark: "▲", words: "higher" },
  "0": { mark: "", words: "no telling" },
  "-1": { mark: "▼", words: "lower" },
};

interface ApartProps {
  value: Difference["value"];
  sign: -1 | 0 | 1;
  column: GridColumn;
}

/** By how much a number is above or below that of the baseline. */
function Apart({ value, sign, column }: ApartProps) {
  const { mark, words } = SIGNS[`${sign}`];
  return (
    <span
      data-testid="difference"
      className={classNames("block text-small", inkOf(sign, column.better))}
    >
      {formatDifference(value, column.share)} <span aria-hidden>{mark}</span>
      <span className="sr-only">{words}</span>
    </span>
  );
}

function inkOf(sign: -1 | 0 | 1, better: GridColumn["better"]): string {
  if (sign === 0 || better === "neither") {
    return "text-muted";
  }
  return (sign === 1) === (better === "up") ? "text-good" : "text-bad";
}
