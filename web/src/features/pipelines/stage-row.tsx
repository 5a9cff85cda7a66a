import { classNames } from "@/components/class-names";
import { StateMark, stateWord } from "@/components/run-state";
import type { StageCardProps } from "./stage-card";

/** One run in a line, where there is no room for a graph. */
export function StageRow({ run, selected, onSelect }: StageCardProps) {
  return (
    <button
      type="button"
      data-testid={`stage-row-${run.name}`}
      aria-current={selected ? "true" : undefined}
      onClick={onSelect}
      className={classNames(
        "flex h-9 w-full items-center justify-between gap-3 px-3 text-left",
        selected && "bg-accent-soft",
      )}
    >
      <span className="truncate font-medium">{run.name}</span>
      <span className="flex shrink-0 items-center gap-2 text-small">
        {run.state === "running" && run.steps && (
          <span className="text-muted tabular-nums">
            {run.step}/{run.steps}
          </span>
        )}
        <StateMark state={run.state} word={stateWord(run)} />
      </span>
    </button>
  );
}
