import type { RunSnapshot } from "@/api/schema";
import { Elapsed } from "@/components/moment";
import { StateMark, stateWord } from "@/components/run-state";
import { Progress } from "@/components/ui/progress";
import { WaitingWords } from "@/components/waiting-words";
import { formatDuration } from "@/format/time";
import { plain } from "./ansi";
import { RunOrders } from "./run-orders";

/** How the selected run stands, in words, and what can be asked of it. */
export function RunHeader({ run }: { run: RunSnapshot }) {
  return (
    <header className="flex flex-col gap-1" data-testid="run-header" data-run={run.id}>
      <div className="flex min-h-8 flex-wrap items-center gap-x-4 gap-y-1">
        <h2 className="min-w-0 text-lead font-semibold wrap-anywhere">{run.name}</h2>
        <StateMark state={run.state} word={stateWord(run)} />
        {run.steps != null && (
          <span className="text-muted">
            step{" "}
            <span className="text-text tabular-nums" data-testid="run-step">
              {run.step}
            </span>{" "}
            of <span className="tabular-nums">{run.steps}</span>
          </span>
        )}
        {run.started_at && (
          // On a phone it has a line of its own: a digit more must not begin one.
          <span className="text-muted max-sm:basis-full">
            <Elapsed from={run.started_at} until={run.finished_at} />
            {run.state === "running" && run.seconds_left != null && (
              <span className="tabular-nums">, {formatDuration(run.seconds_left)} left</span>
            )}
          </span>
        )}
        {run.attempt > 1 && <span className="text-muted">attempt {run.attempt}</span>}
        <RunOrders run={run} />
      </div>
      {run.state === "running" && run.steps && (
        <Progress value={run.step} of={run.steps} label={`Steps of ${run.name}`} />
      )}
      <Words run={run} />
    </header>
  );
}

function Words({ run }: { run: RunSnapshot }) {
  if (run.exit) {
    return (
      <p className="max-w-[72ch] whitespace-pre-wrap wrap-anywhere" data-testid="run-exit">
        {plain(run.exit.message)} {REMEDIES[run.exit.kind]}
      </p>
    );
  }
  return run.reason ? (
    <p className="max-w-[72ch] wrap-anywhere text-muted" data-testid="run-reason">
      <WaitingWords reason={run.reason} starts={run.starts} />
    </p>
  ) : null;
}

const REMEDIES: Partial<Record<NonNullable<RunSnapshot["exit"]>["kind"], string>> = {
  config: "Correct the recipe and launch it again.",
  code: "The log has the whole trace.",
  out_of_memory: "Lower the prompts or rollouts per step, or the longest response.",
  diverged: "Lower the learning rate, and look at the curves just before the end.",
  infrastructure: "It was tried again as often as allowed. Look at the worker, then retry.",
  out_of_time: "Retry it to go on from its newest checkpoint, for as long again.",
  lost: "Its worker fell silent. Look at the worker, then retry.",
};
