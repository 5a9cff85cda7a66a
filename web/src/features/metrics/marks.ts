import type { AlertSnapshot, CheckpointSnapshot, RunAudit } from "@/api/schema";
import { type Tone, verdictLook } from "@/components/game-verdict";

/** Something that happened at a step, marked on the axis of every chart. */
export interface Mark {
  step: number;
  kind: "audit" | "checkpoint" | "attempt" | "alert";
  tone: Tone;
  words: string;
}

/** Verdicts of audits, which are marked themselves. */
const VERDICTS: readonly string[] = ["collapsed", "saturated"];

/** What happened to a run, in the order of steps: audits, alerts, checkpoints, where it went on. */
export function marksOf(
  audits: readonly RunAudit[],
  alerts: readonly AlertSnapshot[],
  checkpoints: readonly CheckpointSnapshot[],
  firstSteps: Readonly<Record<number, number>>,
): Mark[] {
  const resumable = checkpoints.filter(({ kind }) => kind === "resumable");
  const saved = new Set(resumable.map(({ step }) => step));
  const resumed = Object.entries(firstSteps).filter(([attempt]) => Number(attempt) > 1);
  const marks: Mark[] = [
    ...audits.map(({ step, verdict }): Mark => {
      const { word, tone } = verdictLook(verdict);
      return { step, kind: "audit", tone, words: `audit: ${word}` };
    }),
    ...alerts
      .filter(({ kind }) => !VERDICTS.includes(kind))
      .flatMap(({ step, kind, message }): Mark[] =>
        step === null ? [] : [{ step, kind: "alert", tone: "bad", words: `${kind}: ${message}` }],
      ),
    ...[...saved].map(
      (step): Mark => ({ step, kind: "checkpoint", tone: "muted", words: "checkpoint" }),
    ),
    ...resumed.map(([attempt, step]): Mark => {
      const words = `attempt ${attempt} begins`;
      return { step, kind: "attempt", tone: "muted", words };
    }),
  ];
  return marks.sort((a, b) => a.step - b.step);
}

/** The marks that a cursor at a step points at, the weightiest first. */
export function marksNear(marks: readonly Mark[], step: number, span: number): Mark[] {
  const reach = Math.max(0.5, span / 100);
  return byWeight(marks.filter((mark) => Math.abs(mark.step - step) <= reach)).reverse();
}

const WEIGHTS: readonly Mark["kind"][] = ["checkpoint", "attempt", "audit", "alert"];

/** What happens often before what happens seldom, so that it is drawn below that. */
export function byWeight(marks: readonly Mark[]): Mark[] {
  return [...marks].sort((a, b) => WEIGHTS.indexOf(a.kind) - WEIGHTS.indexOf(b.kind));
}
