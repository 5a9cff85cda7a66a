import type { LogLine } from "@/api/schema";

export const NO_LINES: readonly LogLine[] = [];

/** Both, each line once, in the order of their numbers. */
export function withLines(known: readonly LogLine[], more: readonly LogLine[]): readonly LogLine[] {
  const last = known.at(-1)?.number ?? 0;
  if (more.every(({ number }) => number > last)) {
    return more.length === 0 ? known : [...known, ...more];
  }
  const byNumber = new Map([...known, ...more].map((line) => [line.number, line]));
  return [...byNumber.values()].sort((a, b) => a.number - b.number);
}
