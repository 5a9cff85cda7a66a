import { type Question, readReference } from "./question";

const KEY = "prism-question";

/** A question that is being typed. */
interface Draft {
  /** The checkpoint and the question beside which it is typed. */
  place: string;
  question: Question;
}

/** What was typed here before a reload. A private window may refuse to remember; then nothing was. */
export function loadDraft(place: string): Question | undefined {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? "null");
    return isDraft(stored) && stored.place === place ? stored.question : undefined;
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

function isDraft(value: unknown): value is Draft {
  const draft = value as Partial<Draft> | null;
  return typeof draft?.place === "string" && isQuestion(draft.question);
}

function isQuestion(value: unknown): value is Question {
  const question = value as Partial<Question> | undefined;
  return (
    typeof question?.text === "string" &&
    Array.isArray(question.images) &&
    [question.samples, question.temperature, question.longest].every(Number.isFinite) &&
    readReference(question.after) !== undefined
  );
}
