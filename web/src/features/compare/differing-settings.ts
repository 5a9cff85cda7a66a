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
 */
export function differingSettings(runs: readonly ComparedRun[]): DifferingSetting[] {
  const all = runs.map(({ run, pipeline }) => ({
    ...prefixed(run.kind, flat(recipeRuns(pipeline.recipe)[run.name] ?? (run.config as Settings))),
    ...ancestry(pipeline.recipe, run.name),
    seed: String(pipeline.seed),
  })) as Record<string, string>[];
  const paths = [...new Set(all.flatMap((settings) => Object.keys(settings)))];
  return paths
    .map((path) => ({ path, values: all.map((settings) => settings[path]) }))
    .filter(({ values }) => new Set(values).size > 1);
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
    Object.assign(found, prefixed(number > 1 ? `${kind} ${number}` : kind, flat(config), true));
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

function prefixed(prefix: string, settings: Record<string, string>, parent = false) {
  const head = parent ? `from ${prefix}` : prefix;
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
