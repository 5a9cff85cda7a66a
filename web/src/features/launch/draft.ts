import type { ForkedFrom } from "@/api/schema";
import { type Arms, isArms } from "./arms";

const KEY = "prism-draft";

/** A recipe that is being written, and the vetted one, or the past launch, that it began as. */
export interface Draft {
  text: string;
  startedFrom: string;
  forkedFrom?: ForkedFrom;
  /** What is varied of it, where it is no single recipe. */
  arms?: Arms;
}

/** Whether two forks are of the same run or pipeline. */
export function sameOrigin(one: ForkedFrom | undefined, other: ForkedFrom | undefined): boolean {
  return one?.run_id === other?.run_id && one?.pipeline_id === other?.pipeline_id;
}

/** The draft of an earlier visit. A private window may refuse to remember; then there is none. */
export function loadDraft(): Draft | undefined {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? "null");
    return isDraft(stored) ? stored : undefined;
  } catch {
    return undefined;
  }
}

export function saveDraft(draft: Draft): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(draft));
  } catch {
    // Without storage the draft lives as long as the page, which is what it then has to do.
  }
}

export function forgetDraft(): void {
  localStorage.removeItem(KEY);
}

function isDraft(value: unknown): value is Draft {
  const draft = value as Partial<Draft> | null;
  return (
    typeof draft?.text === "string" &&
    typeof draft.startedFrom === "string" &&
    (draft.arms === undefined || isArms(draft.arms))
  );
}
