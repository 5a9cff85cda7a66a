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

/** Says in passing when a run that the page follows changes its state. */
export function StateToasts() {
  const show = useToast();
  const states = useRef(new Map<string, RunSnapshot["state"]>());
  const notice = (run: RunSnapshot) => {
    const before = states.current.get(run.id);
    states.current.set(run.id, run.state);
    if (before && before !== run.state && SAID.has(run.state)) {
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
