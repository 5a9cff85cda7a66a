import { useState } from "react";
import type { RunSnapshot } from "@/api/schema";

/** Runs that something is to be done with; they stay chosen where they scroll out of sight. */
export interface Selection {
  runs: readonly RunSnapshot[];
  has: (id: string) => boolean;
  /** Choose or leave out a run; with `extend` all from the last one on. */
  toggle: (run: RunSnapshot, extend: boolean) => void;
  setAll: (chosen: boolean) => void;
  /** Choose a run no more, because it is gone. */
  forget: (id: string) => void;
}

/** A selection among the runs that were found. */
export function useSelection(found: readonly RunSnapshot[]): Selection {
  const [chosen, setChosen] = useState<ReadonlyMap<string, RunSnapshot>>(new Map());
  const [last, setLast] = useState<string>();
  return {
    runs: found.length === 0 ? [...chosen.values()] : inOrder(found, chosen),
    has: (id) => chosen.has(id),
    toggle: (run, extend) => {
      const among = extend ? between(found, last, run.id) : [run];
      setChosen(withRuns(chosen, among, !chosen.has(run.id)));
      setLast(run.id);
    },
    setAll: (all) => setChosen(all ? withRuns(chosen, found, true) : new Map()),
    forget: (id) =>
      setChosen((known) => new Map([...known].filter(([chosenId]) => chosenId !== id))),
  };
}

/** The runs between two, both included; the second alone where the first is not there. */
export function between(
  found: readonly RunSnapshot[],
  from: string | undefined,
  to: string,
): readonly RunSnapshot[] {
  const places = [from, to].map((wanted) => found.findIndex(({ id }) => id === wanted));
  const [first, last] = [Math.min(...places), Math.max(...places)];
  return first < 0 ? found.slice(last, last + 1) : found.slice(first, last + 1);
}

function withRuns(
  chosen: ReadonlyMap<string, RunSnapshot>,
  runs: readonly RunSnapshot[],
  isChosen: boolean,
): ReadonlyMap<string, RunSnapshot> {
  const changed = new Map(chosen);
  for (const run of runs) {
    if (isChosen) {
      changed.set(run.id, run);
    } else {
      changed.delete(run.id);
    }
  }
  return changed;
}

/** The chosen runs as they are now, in the order of the list, those out of it last. */
function inOrder(found: readonly RunSnapshot[], chosen: ReadonlyMap<string, RunSnapshot>) {
  const here = found.filter(({ id }) => chosen.has(id));
  const ids = new Set(here.map(({ id }) => id));
  return [...here, ...[...chosen.values()].filter(({ id }) => !ids.has(id))];
}
