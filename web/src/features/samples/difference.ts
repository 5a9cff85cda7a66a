/** A line of a section, and whether the other side says the same. */
export interface MarkedLine {
  text: string;
  shared: boolean;
}

/** Mark the lines that the other side does not have, whatever their case, bullets and spaces. */
export function markLines(text: string, other: string | undefined): MarkedLine[] {
  const there = new Set(linesOf(other ?? "").map(folded));
  return linesOf(text).map((line) => ({
    text: line,
    shared: other === undefined || there.has(folded(line)),
  }));
}

function linesOf(text: string): string[] {
  return text.split("\n").filter((line) => line.trim() !== "");
}

function folded(line: string): string {
  return line
    .replace(/^\s*[-*•]\s*/, "")
    .replace(/\s+/g, " ")
    .trim()
    .toLowerCase();
}
