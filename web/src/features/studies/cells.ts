import type { StudySnapshot } from "@/api/schema";

type Cell = StudySnapshot["cells"][number];
type Kind = Cell["runs"][number]["kind"];

/** What stages of a study are called where one is chosen to be compared. */
export const KINDS: { kind: Kind; title: string }[] = [
  { kind: "sft", title: "SFT" },
  { kind: "warmup", title: "Warm-up" },
  { kind: "align", title: "Alignment" },
  { kind: "rlvr", title: "RLVR" },
  { kind: "evaluate", title: "Evaluation" },
];

/** No comparison is asked for more; the server reads no more at once. */
export const MOST_COMPARED = 24;

/** The runs of a kind, each once, arm by arm; of a recipe with several, the last of each arm. */
export function comparable({ cells }: StudySnapshot, kind: Kind): string[] {
  const runs = cells.flatMap((cell) => cell.runs.filter((run) => run.kind === kind).at(-1) ?? []);
  return [...new Set(runs.map(({ id }) => id))].slice(0, MOST_COMPARED);
}

/** How many runs of a cell are done, and the one to look at: what runs, failed, or came last. */
export function progressOf({ runs }: Cell) {
  const wanted =
    runs.find(({ state }) => state === "running") ??
    runs.find(({ state }) => state === "failed") ??
    runs.findLast(({ state }) => state === "succeeded") ??
    runs[0];
  const done = runs.filter(({ state }) => state === "succeeded").length;
  return { done, of: runs.length, run: wanted?.name };
}
