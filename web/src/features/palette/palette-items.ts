import type { RunSnapshot } from "@/api/schema";
import { PAGES } from "@/components/pages";
import { stateWord } from "@/components/run-state";
import type { Registry } from "@/components/shortcut-registry";

/** A line of the palette: somewhere to go, or something to do. */
export interface Item {
  id: string;
  group: "Pages" | "On this page" | "Runs";
  label: string;
  detail: string;
  keys?: string;
  act: (go: Go) => void;
}

/** The ways out of the palette. */
export interface Go {
  toPage: (to: (typeof PAGES)[number]["to"]) => void;
  toRun: (run: RunSnapshot) => void;
}

/** What the palette offers for a text, runs being what the server found for it. */
export function itemsFor(text: string, registry: Registry, runs: readonly RunSnapshot[]): Item[] {
  const wanted = text.trim().toLowerCase();
  const fits = ({ label }: Item) => label.toLowerCase().includes(wanted);
  return [...pages(), ...actions(registry)].filter(fits).concat(runs.map(runItem));
}

function pages(): Item[] {
  return PAGES.map(({ to, label, keys }) => ({
    id: `page ${to}`,
    group: "Pages",
    label,
    detail: "",
    keys,
    act: ({ toPage }) => toPage(to),
  }));
}

function actions(registry: Registry): Item[] {
  return registry
    .filter(({ group }) => group !== EVERYWHERE)
    .flatMap(({ group, shortcuts }) =>
      shortcuts.map(({ keys, does, run }) => ({
        id: `action ${group} ${keys}`,
        group: "On this page" as const,
        label: does,
        detail: group,
        keys,
        act: run,
      })),
    );
}

/** The group of keys that are the palette's own and the pages'. */
export const EVERYWHERE = "Everywhere";

function runItem(run: RunSnapshot): Item {
  return {
    id: run.id,
    group: "Runs",
    label: run.name,
    detail: `${run.pipeline_name} #${run.pipeline_number}, ${stateWord(run)}`,
    act: ({ toRun }) => toRun(run),
  };
}

/** A filter of the list of runs that looks for these words. */
export function filterFor(text: string): string {
  return `"${text.replaceAll(/["\\]/g, " ").trim()}"`;
}
