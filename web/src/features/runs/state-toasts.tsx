import { useRef } from "react";
import { useFrames } from "@/api/live";
import type { RunSnapshot } from "@/api/schema";
import { stateWord } from "@/components/run-state";
import { type ToastMessage, useToast } from "@/components/ui/toast";

const TONES: Partial<Record<RunSnapshot["state"], ToastMessage["tone"]>> = {
  succeeded: "good",
  failed: "bad",
};

const SAID = new Set<RunSnapshot["state"]>([
  "running",
  "succeeded",
  "failed",
  "cancelled",
  "stopped",
]);

const ALARMING = new Set(["collapsed", "saturated"]);

/** The alert that a run's snapshot raises where the one before did not. */
export function alertOf(before: RunSnapshot, run: RunSnapshot): ToastMessage | null {
  const verdict = run.audit?.verdict;
  if (verdict && ALARMING.has(verdict) && verdict !== before.audit?.verdict) {
    return { title: `${run.name}: ${verdict}`, detail: run.audit?.reason, tone: "bad" };
  }
  if (run.stalled_at && !before.stalled_at) {
    return { title: `${run.name}: stalled`, detail: "No step has finished for long", tone: "bad" };
  }
  return null;
}

/** Says in passing when a run that the page follows changes its state or raises an alert. */
export function StateToasts() {
  const show = useToast();
  const runs = useRef(new Map<string, RunSnapshot>());
  const notice = (run: RunSnapshot) => {
    const before = runs.current.get(run.id);
    runs.current.set(run.id, run);
    const alert = before && alertOf(before, run);
    if (alert) {
      show(alert);
    }
    // How an answer stands is said where it was asked for.
    if (before && before.state !== run.state && SAID.has(run.state) && run.kind !== "ask") {
      show({
        title: `${run.name}: ${stateWord(run)}`,
        detail: run.exit?.message,
        tone: TONES[run.state],
      });
    }
  };
  useFrames("run", notice);
  useFrames("pipeline", ({ runs }) => {
    for (const run of runs) {
      notice(run);
    }
  });
  return null;
}
