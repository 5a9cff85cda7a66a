import type { FieldProblem } from "@/api/schema";
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

export function fieldId(path: Path): string {
  return `field-${path.join(".")}`;
}

/** Bring the field that a problem names, or the nearest thing around it, to the reader. */
export function showField(field: string): void {
  const parts = field.split(".");
  for (let length = parts.length; length > 0; length -= 1) {
    const element = document.getElementById(fieldId(parts.slice(0, length)));
    if (element) {
      for (
        let box = element.closest("details");
        box;
        box = box.parentElement?.closest("details") ?? null
      ) {
        box.open = true;
      }
      element.scrollIntoView({ block: "center" });
      element.focus({ preventScroll: true });
      return;
    }
  }
}
