import { Link } from "@tanstack/react-router";
import type { ArmResult } from "@/api/schema";
import { classNames } from "@/components/class-names";
import { ScrollFrame } from "@/components/ui/scroll-frame";
import { Tooltip } from "@/components/ui/tooltip";
import { formatCount } from "@/format/numbers";
import { formatDuration } from "@/format/time";
import {
  bestOf,
  columnsOf,
  type Estimate,
  formatScore,
  type ScoreColumn,
  supervisionOf,
} from "./table";

interface ResultsTableProps {
  benchmark: string;
  arms: ArmResult[];
  /** What to call each pipeline by its id, where arms of several stand in one table. */
  pipelines: ReadonlyMap<string, string>;
}

const HEAD = "h-9 px-2 text-right align-bottom pb-1.5 text-small font-medium text-muted";
const CELL = "h-8 px-2 text-right whitespace-nowrap";

/** One benchmark: a row per arm, each score with its interval, and what to measure them by. */
export function ResultsTable({ benchmark, arms, pipelines }: ResultsTableProps) {
  const columns = columnsOf(arms);
  const best = new Map(columns.map((column) => [column.metric, bestOf(arms, column)]));
  return (
    <ScrollFrame aria-label={`Results on ${benchmark}`}>
      <table className="w-full border-collapse" data-testid="results-table">
        <caption className="sr-only">Results on {benchmark}</caption>
        <thead>
          <tr className="border-b border-line-strong/50">
            <th scope="col" className={classNames(HEAD, "text-left")}>
              Arm
            </th>
            {columns.map(({ metric, title }) => (
              <th key={metric} scope="col" className={HEAD}>
                {title}
              </th>
            ))}
            <th scope="col" className={HEAD}>
              Training
            </th>
          </tr>
        </thead>
        <tbody>
          {arms.map((arm) => (
            <tr
              key={`${arm.run_id} ${arm.arm}`}
              data-testid={`arm-${arm.arm}`}
              className="border-b border-line hover:bg-sunken"
            >
              <th scope="row" className="px-2 py-1 text-left font-medium whitespace-nowrap">
                <Link
                  to="/pipelines/$pipelineId"
                  params={{ pipelineId: arm.pipeline_id }}
                  search={{ tab: "results" }}
                  className="hover:text-accent hover:underline"
                >
                  {arm.arm}
                </Link>
                <span className="block text-small font-normal text-muted">
                  {pipelines.get(arm.pipeline_id)}
                </span>
              </th>
              {columns.map((column) => (
                <Score
                  key={column.metric}
                  estimate={arm.scores[column.metric]}
                  column={column}
                  best={column.ranked ? best.get(column.metric) : undefined}
                />
              ))}
              <td className={classNames(CELL, "tabular text-muted")}>
                {formatDuration(arm.seconds)}
              </td>
            </tr>
          ))}
        </tbody>
        <tfoot className="text-muted">
          <tr className="border-b border-line">
            <th scope="row" className="px-2 text-left font-normal whitespace-nowrap">
              Supervision
            </th>
            {columns.map(({ metric, share }) => {
              const value = supervisionOf(arms, metric);
              return (
                <td key={metric} className={classNames(CELL, "tabular")}>
                  {value === undefined ? "" : formatScore(value, share)}
                </td>
              );
            })}
            <td />
          </tr>
          <tr data-testid="majority">
            <th scope="row" className="px-2 text-left font-normal whitespace-nowrap">
              Most common answer
            </th>
            {columns.map(({ metric }) => (
              <td key={metric} className={classNames(CELL, "tabular")}>
                {metric === "accuracy_greedy" && arms[0] ? formatScore(arms[0].majority, true) : ""}
              </td>
            ))}
            <td />
          </tr>
        </tfoot>
      </table>
    </ScrollFrame>
  );
}

interface ScoreProps {
  estimate: Estimate | undefined;
  column: ScoreColumn;
  best: string | undefined;
}

function Score({ estimate, column, best }: ScoreProps) {
  if (!estimate) {
    return <td className={CELL} />;
  }
  const { share } = column;
  const value = formatScore(estimate.value, share);
  return (
    <td className={CELL}>
      <Tooltip content={`n = ${formatCount(estimate.n)}, 95% interval`}>
        <button type="button" className="tabular cursor-help" data-n={estimate.n}>
          <span className={classNames(value === best && "font-bold")}>{value}</span>{" "}
          <span className="text-small text-muted">
            [{formatScore(estimate.low, share)}, {formatScore(estimate.high, share)}]
          </span>
        </button>
      </Tooltip>
    </td>
  );
}
