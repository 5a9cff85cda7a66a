import { Link } from "@tanstack/react-router";
import type { RunSnapshot } from "@/api/schema";
import { GameVerdict } from "@/components/game-verdict";
import { isFinal, StateMark, stateWord } from "@/components/run-state";
import { Progress } from "@/components/ui/progress";
import { WaitingWords } from "@/components/waiting-words";
import { formatNumber } from "@/format/numbers";
import { formatDuration } from "@/format/time";
import { mainMetrics } from "./main-metrics";
import { SparkLine } from "./spark-line";

/** A run in one line: what it is, how far, how long yet, and its main numbers. */
export function RunLine({ run }: { run: RunSnapshot }) {
  return (
    <Link
      to="/pipelines/$pipelineId"
      params={{ pipelineId: run.pipeline_id }}
      search={{ run: run.name }}
      data-testid={`run-line-${run.name}`}
      className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1 px-4 py-2 hover:bg-sunken md:grid-cols-[minmax(0,16rem)_13rem_minmax(0,1fr)_minmax(0,20rem)]"
    >
      <span className="min-w-0 truncate">
        <span className="font-medium">{run.name}</span>{" "}
        <span className="text-muted">
          {run.pipeline_name} <span className="tabular">#{run.pipeline_number}</span>
        </span>
      </span>
      <span className="flex items-center gap-2">
        <StateMark state={run.state} word={stateWord(run)} />
        {run.audit && !isFinal(run.state) && <GameVerdict verdict={run.audit.verdict} />}
      </span>
      {run.state === "running" && run.steps ? (
        <span className="flex items-center gap-3 max-md:col-span-2">
          <Progress
            className="flex-1"
            value={run.step}
            of={run.steps}
            label={`Steps of ${run.name}`}
          />
          <span className="whitespace-nowrap text-small text-muted tabular-nums">
            {run.step}/{run.steps}
            {run.seconds_left != null && `, ${formatDuration(run.seconds_left)} left`}
          </span>
        </span>
      ) : (
        <span className="min-w-0 truncate text-muted max-md:col-span-2">
          {run.exit?.message ?? <WaitingWords reason={run.reason} starts={run.starts} />}
        </span>
      )}
      <span className="tabular flex items-center justify-end gap-3 text-small text-muted max-md:hidden">
        {mainMetrics(run).map(([metric, label]) => {
          const value = run.latest[metric];
          return value === undefined ? null : (
            <span key={metric}>
              <span className="font-sans">{label}</span>{" "}
              <span className="text-text">{formatNumber(value)}</span>
            </span>
          );
        })}
        {run.state === "running" && <SparkLine run={run} />}
      </span>
    </Link>
  );
}
