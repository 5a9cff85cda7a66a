import { runsOf } from "./new-run";
import { type RecipeObject, valueAt } from "./recipe-text";
import { fieldOf, membersOf, runUnion, type SchemaNode } from "./schema-node";

/** Deeper than this nobody looks in a list. */
const DEEPEST = 3;

/** Every setting that a study may vary: `KIND.…`, and `runs.NAME.…` where a kind has several. */
export function settingPaths(recipe: RecipeObject, root: SchemaNode): string[] {
  const runs = Object.entries(runsOf(recipe));
  const kinds = [...new Set(runs.map(([, { kind }]) => String(kind)))];
  return kinds.flatMap((kind) => {
    const variant = runUnion(root).variants[kind];
    const of = runs.filter(([, run]) => run.kind === kind);
    const below = variant ? pathsBelow(variant, root, of[0]?.[1], 1) : [];
    const heads = [kind, ...(of.length > 1 ? of.map(([name]) => `runs.${name}`) : [])];
    return heads.flatMap((head) => below.map((path) => `${head}.${path}`));
  });
}

function pathsBelow(node: SchemaNode, root: SchemaNode, value: unknown, depth: number): string[] {
  return Object.entries(membersOf(node, root, value)).flatMap(([name, member]) => {
    if (name === "kind") {
      return [];
    }
    const { shape } = fieldOf(member, root);
    const opens = (shape === "group" || shape === "union") && depth < DEEPEST;
    const own = valueAt(value, [name]);
    const inside = opens ? pathsBelow(member, root, own, depth + 1) : [];
    return [...(shape === "group" ? [] : [name]), ...inside.map((path) => `${name}.${path}`)];
  });
}

/** What can stand at a setting, where that is one of a few words. */
export function optionsAt(path: string, recipe: RecipeObject, root: SchemaNode): string[] {
  const parts = path.trim().split(".");
  const runs = runsOf(recipe);
  const [name, inside] =
    parts[0] === "runs"
      ? [parts[1] ?? "", parts.slice(2)]
      : [Object.keys(runs).find((run) => runs[run]?.kind === parts[0]) ?? "", parts.slice(1)];
  const run = runs[name];
  let node: SchemaNode | undefined = run && runUnion(root).variants[String(run.kind)];
  inside.forEach((part, depth) => {
    node = node && membersOf(node, root, valueAt(run, inside.slice(0, depth)))[part];
  });
  return node && inside.length > 0 ? optionsOf(node, root) : [];
}

function optionsOf(node: SchemaNode, root: SchemaNode): string[] {
  const field = fieldOf(node, root);
  switch (field.shape) {
    case "union":
      return Object.keys(field.variants);
    case "choice":
      return field.options;
    case "switch":
      return ["true", "false"];
    default:
      return [];
  }
}
