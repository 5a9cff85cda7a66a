import type { Change, FieldProblem } from "@/api/schema";
import type { Path } from "./recipe-text";

export type Problems = readonly FieldProblem[];

/** The words that belong at one field. */
export function problemsAt(problems: Problems, path: Path): string[] {
  const field = path.join(".");
  return problems.filter((problem) => problem.field === field).map(({ message }) => message);
}

/** The words that belong at a field or somewhere inside it. */
export function problemsWithin(problems: Problems, path: Path): string[] {
  const field = path.join(".");
  return problems
    .filter((problem) => problem.field === field || problem.field.startsWith(`${field}.`))
    .map(({ message }) => message);
}

/** The changes at a field or somewhere inside it. */
export function changesWithin(changes: readonly Change[], path: Path): Change[] {
  const field = path.join(".");
  return changes.filter((change) => change.field === field || change.field.startsWith(`${field}.`));
}

export function fieldId(path: Path): string {
  return `field-${path.join(".")}`;
}

/** How often a card is waited for that draws its fields only once it is open. */
const MOST_FRAMES = 10;

/**
 * Bring the field that a problem names, or the nearest thing around it, to the reader. What is
 * `shown` already is left alone, so that waiting for something nearer never takes the focus back,
 * and ends once it is gone from the page.
 */
export function showField(field: string, frames = MOST_FRAMES, shown?: Element): void {
  const parts = field.split(".");
  const ids = parts.map((_, depth) => fieldId(parts.slice(0, parts.length - depth)));
  const element = ids.map((id) => document.getElementById(id)).find((found) => found !== null);
  if (!element || shown?.isConnected === false) {
    return;
  }
  if (element !== shown) {
    openAround(element);
    element.scrollIntoView({ block: "center" });
    element.focus({ preventScroll: true });
  }
  if (element.id !== ids[0] && frames > 0) {
    requestAnimationFrame(() => showField(field, frames - 1, element));
  }
}

function openAround(element: Element): void {
  let box = element.closest("details");
  while (box) {
    box.open = true;
    box = box.parentElement?.closest("details") ?? null;
  }
}
