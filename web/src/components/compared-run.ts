import type { PipelineSnapshot, RunSnapshot } from "@/api/schema";

/** One of several runs that stand side by side, or several seeds of one that are taken together. */
export interface ComparedRun {
  run: RunSnapshot;
  pipeline: PipelineSnapshot;
  /** What sets it apart from the others, in words. */
  label: string;
  /** What runs have in common that differ in their seed alone. */
  group: string;
  /** Its place in the palette; the same on every panel. */
  place: number;
}

/** Runs that are drawn as one: a single run, or all seeds of an arm. */
export interface RunGroup {
  key: string;
  label: string;
  place: number;
  members: ComparedRun[];
}

const COLOURS = 8;

/** The colour of a place, as a line and as letters. */
export function colourOf(place: number): { colour: string; textColour: string } {
  const number = (place % COLOURS) + 1;
  const style = getComputedStyle(document.documentElement);
  return {
    colour: style.getPropertyValue(`--run-${number}`).trim(),
    textColour: `var(--run-${number}-text)`,
  };
}

/** The runs one by one, or seeds of one arm together. */
export function groupsOf(runs: readonly ComparedRun[], fold: boolean): RunGroup[] {
  const groups = new Map<string, RunGroup>();
  for (const one of runs) {
    const key = fold ? one.group : one.run.id;
    const known = groups.get(key);
    groups.set(key, {
      key,
      label: known ? `${one.group.split("\n")[0]}` : one.label,
      place: known?.place ?? one.place,
      members: [...(known?.members ?? []), one],
    });
  }
  return [...groups.values()];
}
