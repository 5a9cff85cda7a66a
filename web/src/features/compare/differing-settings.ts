import type { ComparedRun } from "@/components/compared-run";

/** A setting that is not the same in all runs; undefined where a run has none of that name. */
export interface DifferingSetting {
  path: string;
  values: (string | undefined)[];
}

type Settings = Record<string, unknown>;

const ROLES = ["policy", "discriminator"] as const;

/**
 * Every setting in which runs differ, their own before those of the runs that they start from.
 *
 * Names of runs say nothing by themselves: what a run is made from is compared in their place.
 * Where only some of the runs are of a kind, or start from one, a single line says so, and the
 * settings of that kind are compared among those.
 */
export function differingSettings(runs: readonly ComparedRun[]): DifferingSetting[] {
  const all: Record<string, string>[] = runs.map(({ run, pipeline }) => ({
    kind: run.kind,
    ...prefixed(run.kind, flat(recipeRuns(pipeline.recipe)[run.name] ?? (run.config as Settings))),
    ...ancestry(pipeline.recipe, run.name),
    seed: String(pipeline.seed),
  }));
  const sections = all.map((settings) => new Set(Object.keys(settings).map(sectionOf)));
  const compared = (path: string) =>
    all.filter((_, place) => sections[place]?.has(sectionOf(path))).map((one) => one[path]);
  return [...new Set(all.flatMap((settings) => Object.keys(settings)))]
    .filter((path) => new Set(compared(path)).size > 1 || isStart(path, all))
    .map((path) => ({ path, values: all.map((settings) => settings[path]) }));
}

/** What a setting belongs to: the part of its path before the first dot. */
function sectionOf(path: string): string {
  return path.split(".", 1)[0] ?? path;
}

/** Whether a path says that some runs, and not all, start from a run of a kind. */
function isStart(path: string, all: readonly Record<string, string>[]): boolean {
  return path === sectionOf(path) && all.some((settings) => !(path in settings));
}

/** The settings of all runs that one starts from, directly or not, by their kinds. */
function ancestry(recipe: Settings, name: string): Record<string, string> {
  const runs = recipeRuns(recipe);
  const found: Record<string, string> = {};
  const seen = new Map<string, number>();
  const waiting = parentsOf(runs[name]);
  const known = new Set<string>();
  for (let parent = waiting.shift(); parent !== undefined; parent = waiting.shift()) {
    const config = runs[parent];
    if (!config || known.has(parent)) {
      continue;
    }
    known.add(parent);
    const kind = String(config.kind);
    const number = (seen.get(kind) ?? 0) + 1;
    seen.set(kind, number);
    const start = `from ${number > 1 ? `${kind} ${number}` : kind}`;
    Object.assign(found, { [start]: "yes" }, prefixed(start, flat(config)));
    waiting.push(...parentsOf(config));
  }
  return found;
}

function recipeRuns(recipe: Settings): Record<string, Settings> {
  return (recipe.runs ?? {}) as Record<string, Settings>;
}

function parentsOf(config: Settings | undefined): string[] {
  return ROLES.flatMap((role) => {
    const reference = config?.[role] as Settings | undefined;
    return typeof reference?.run === "string" ? [reference.run] : [];
  });
}

function prefixed(head: string, settings: Record<string, string>) {
  return Object.fromEntries(
    Object.entries(settings).map(([path, value]) => [`${head}.${path}`, value]),
  );
}

/** A group's settings by their paths, each as a text. */
function flat(settings: Settings, head = ""): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(settings)) {
    const path = head ? `${head}.${name}` : name;
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      Object.assign(found, flat(value as Settings, path));
    } else if (!ROLES.some((role) => path === `${role}.run`)) {
      found[path] = typeof value === "string" ? value : JSON.stringify(value);
    }
  }
  return found;
}
