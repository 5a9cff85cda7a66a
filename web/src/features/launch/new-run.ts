import type { KindMeaning } from "@/api/schema";
import { isObject, type RecipeObject } from "./recipe-text";
import { blankOf, runUnion, type SchemaNode } from "./schema-node";

interface Producer {
  name: string;
  kind: string;
}

/** The runs that another one can name in a role, without waiting for itself. */
export function producers(
  recipe: RecipeObject,
  role: string,
  kinds: readonly KindMeaning[],
  asking?: string,
): Producer[] {
  const runs = runsOf(recipe);
  return Object.entries(runs)
    .map(([name, run]) => ({ name, kind: String(run.kind) }))
    .filter(({ kind }) => kinds.some((k) => k.kind === kind && k.produces.some((p) => p === role)))
    .filter(({ name }) => asking === undefined || !ancestors(runs, name).has(asking));
}

export function runsOf(recipe: RecipeObject): Record<string, RecipeObject> {
  const runs = isObject(recipe.runs) ? recipe.runs : {};
  return Object.fromEntries(
    Object.entries(runs).filter((entry): entry is [string, RecipeObject] => isObject(entry[1])),
  );
}

/** The runs whose checkpoints a run takes, with the roles. */
export function parentsOf(run: RecipeObject): { role: string; run: string }[] {
  return ["policy", "discriminator"].flatMap((role) => {
    const reference = run[role];
    return isObject(reference) && typeof reference.run === "string"
      ? [{ role, run: reference.run }]
      : [];
  });
}

function ancestors(runs: Record<string, RecipeObject>, name: string): Set<string> {
  const found = new Set<string>();
  const waiting = [name];
  for (let current = waiting.pop(); current !== undefined; current = waiting.pop()) {
    const run = runs[current];
    if (run && !found.has(current)) {
      found.add(current);
      waiting.push(...parentsOf(run).map((parent) => parent.run));
    }
  }
  return found;
}

interface Registered {
  models: readonly string[];
  datasets: readonly string[];
}

/** A run of a kind with what it needs, which fits behind what is there, named after its kind. */
export function newRun(
  root: SchemaNode,
  recipe: RecipeObject,
  kind: string,
  kinds: readonly KindMeaning[],
  { models, datasets }: Registered,
): [name: string, run: RecipeObject] {
  const names = new Set(Object.keys(runsOf(recipe)));
  let name = kind;
  for (let number = 2; names.has(name); number += 1) {
    name = `${kind}-${number}`;
  }
  const latest = (role: string) => producers(recipe, role, kinds).at(-1)?.name;
  const policy = latest("policy");
  const fitting: RecipeObject = {
    policy: policy ? { run: policy } : { model: models[0] ?? "" },
    discriminator: { run: latest("discriminator") ?? "" },
    data: datasets[0] ?? "",
  };
  const blank = blankOf(runUnion(root).variants[kind] ?? {}, root);
  // Where a run starts from stands above what it reads, whatever the order of the schema.
  const needed = Object.keys({ ...fitting, ...blank }).filter((key) => key in blank);
  return [
    name,
    { kind, ...Object.fromEntries(needed.map((key) => [key, fitting[key] ?? blank[key]])) },
  ];
}
