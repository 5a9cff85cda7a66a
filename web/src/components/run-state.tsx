import {
  Ban,
  CircleCheck,
  CircleDot,
  CircleX,
  Clock,
  Hourglass,
  Link2,
  type LucideIcon,
  Octagon,
} from "lucide-react";
import type { PipelineSnapshot, RunSnapshot } from "@/api/schema";
import { classNames } from "./class-names";

type State = RunSnapshot["state"] | PipelineSnapshot["state"];

interface Look {
  icon: LucideIcon;
  colour: string;
}

const LOOKS: Record<State, Look> = {
  blocked: { icon: Link2, colour: "text-muted" },
  queued: { icon: Clock, colour: "text-muted" },
  claimed: { icon: Hourglass, colour: "text-info" },
  running: { icon: CircleDot, colour: "text-accent" },
  succeeded: { icon: CircleCheck, colour: "text-good" },
  failed: { icon: CircleX, colour: "text-bad" },
  cancelled: { icon: Ban, colour: "text-muted" },
  stopped: { icon: Octagon, colour: "text-warn" },
};

const FINAL: ReadonlySet<State> = new Set<State>(["succeeded", "failed", "cancelled", "stopped"]);

export function isFinal(state: State): boolean {
  return FINAL.has(state);
}

/** The state in a word: what was asked for, where it has not happened yet, and how a run failed. */
export function stateWord(run: Pick<RunSnapshot, "state" | "desired_state" | "exit">): string {
  if (!isFinal(run.state) && run.desired_state === "cancel") {
    return "cancelling";
  }
  if (!isFinal(run.state) && run.desired_state === "stop") {
    return "stopping";
  }
  if (run.exit?.kind === "out_of_time") {
    return "stopped: out of time";
  }
  return run.state === "failed" && run.exit
    ? `failed: ${run.exit.kind.replaceAll("_", " ")}`
    : run.state;
}

interface StateProps {
  state: State;
  word?: string;
  className?: string;
}

/** The icon alone, for where the word stands beside it. */
export function StateIcon({ state }: { state: State }) {
  const { icon: Icon, colour } = LOOKS[state];
  return (
    <Icon
      aria-hidden
      className={classNames("size-3.5 shrink-0", colour, state === "running" && "pulse-running")}
    />
  );
}

/** Icon, word and colour; never colour alone. */
export function StateMark({ state, word = state, className }: StateProps) {
  const { colour } = LOOKS[state];
  return (
    <span
      data-testid="state"
      data-state={state}
      className={classNames(
        "inline-flex min-w-0 items-center gap-1 align-middle font-medium",
        colour,
        className,
      )}
    >
      <StateIcon state={state} />
      <span className="truncate">{word}</span>
    </span>
  );
}
