import type { RunSnapshot } from "@/api/schema";
import { classNames } from "@/components/class-names";
import { GameVerdict } from "@/components/game-verdict";
import { Elapsed } from "@/components/moment";
import { StateIcon, StateMark, stateWord } from "@/components/run-state";
import { Progress } from "@/components/ui/progress";
import { WaitingWords } from "@/components/waiting-words";
import { formatDuration } from "@/format/time";

export interface StageCardProps {
  run: RunSnapshot;
  selected: boolean;
  onSelect: () => void;
}

/** One run in the graph: name, state, and how far it is or why it waits. */
export function StageCard({ run, selected, onSelect }: StageCardProps) {
  return (
    <button
      type="button"
      data-testid={`stage-${run.name}`}
      data-state={run.state}
      aria-current={selected ? "true" : undefined}
      onClick={onSelect}
      className={classNames(
        "flex h-full w-full flex-col justify-between gap-1 rounded-panel border bg-raised px-2.5 py-2 text-left hover:bg-sunken",
        selected ? "border-accent ring-1 ring-accent" : "border-line",
      )}
    >
      <span className="flex w-full items-baseline justify-between gap-2">
        <span className="truncate font-medium" title={run.name}>
          {run.name}
        </span>
        {run.audit ? (
          <GameVerdict verdict={run.audit.verdict} short className="self-center" />
        ) : (
          !run.name.includes(run.kind) && <span className="text-small text-muted">{run.kind}</span>
        )}
      </span>
      <span className="flex w-full items-center justify-between gap-2 text-small">
        <StateMark state={run.state} word={stateWord(run)} className="text-small" />
        <span className="shrink-0 text-muted">
          {run.started_at && run.finished_at ? (
            <Elapsed from={run.started_at} until={run.finished_at} />
          ) : (
            run.state === "running" &&
            run.seconds_left != null && (
              <span className="whitespace-nowrap tabular-nums">
                {formatDuration(run.seconds_left)} left
              </span>
            )
          )}
        </span>
      </span>
      <Foot run={run} />
    </button>
  );
}

/** The same in half the height, where many runs share the page. */
export function CompactStageCard({ run, selected, onSelect }: StageCardProps) {
  return (
    <button
      type="button"
      data-testid={`stage-${run.name}`}
      data-state={run.state}
      aria-current={selected ? "true" : undefined}
      onClick={onSelect}
      className={classNames(
        "flex h-full w-full flex-col justify-between rounded-panel border bg-raised px-2 py-1 text-left hover:bg-sunken",
        selected ? "border-accent ring-1 ring-accent" : "border-line",
      )}
    >
      <span className="flex w-full items-center gap-1.5">
        <StateIcon state={run.state} />
        <span className="min-w-0 flex-1 truncate font-medium" title={run.name}>
          {run.name}
        </span>
        {run.audit && <GameVerdict verdict={run.audit.verdict} short />}
      </span>
      <span className="flex w-full items-center gap-2 text-small text-muted">
        <CompactFoot run={run} />
      </span>
    </button>
  );
}

function CompactFoot({ run }: { run: RunSnapshot }) {
  const word = stateWord(run);
  if (run.state === "running" && run.steps) {
    return (
      <>
        <Progress
          className="flex-1"
          value={run.step}
          of={run.steps}
          label={`Steps of ${run.name}`}
        />
        <span className="whitespace-nowrap tabular-nums" title={`${run.step}/${run.steps}`}>
          {run.seconds_left == null ? word : `${formatDuration(run.seconds_left)} left`}
        </span>
      </>
    );
  }
  const words = run.state === "blocked" || run.state === "queued" ? (run.reason ?? word) : word;
  return (
    <>
      <span className="min-w-0 flex-1 truncate" title={run.exit?.message ?? words}>
        {words}
      </span>
      {run.started_at && run.finished_at && (
        <Elapsed from={run.started_at} until={run.finished_at} />
      )}
    </>
  );
}

function Foot({ run }: { run: RunSnapshot }) {
  const waits = run.state === "blocked" || run.state === "queued";
  if (waits || !run.steps) {
    const words = waits ? run.reason : run.exit?.message;
    return (
      <span className="block h-4 w-full truncate text-small text-muted" title={words ?? undefined}>
        {waits ? <WaitingWords reason={run.reason} starts={run.starts} /> : words}
      </span>
    );
  }
  return (
    <span className="flex w-full items-center gap-2">
      <Progress className="flex-1" value={run.step} of={run.steps} label={`Steps of ${run.name}`} />
      <span className="text-small text-muted tabular-nums">
        {run.step}/{run.steps}
      </span>
    </span>
  );
}
