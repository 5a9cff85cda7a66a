import { isObject, type Path, readRecipe, valueAt, withoutValue, withValue } from "./recipe-text";
import { same } from "./same";
import { isOptionalGroup, membersOf, resolve, runUnion, type SchemaNode } from "./schema-node";

/**
 * The text with one setting changed by the form, or taken out where the value is undefined.
 *
 * A group of settings that the recipe does not name has a default as a whole, which may differ from
 * the defaults of its members. What differs is written out before one member changes; otherwise
 * changing the weight decay would silently change the learning rate too.
 */
export function withSetting(text: string, path: Path, value: unknown, root: SchemaNode): string {
  const { recipe } = readRecipe(text);
  if (value === undefined) {
    // An optional group that says nothing is still switched on.
    const stays = (group: Path) => isOptionalGroup(nodeAt(root, recipe, group), root);
    return withoutValue(text, path, stays);
  }
  const silent = groupsAround(path).find((group) => valueAt(recipe, group) === undefined);
  const whole = silent && ownDefault(root, recipe, silent);
  const written = silent && whole ? withValue(text, silent, whole) : text;
  return withValue(written, path, value);
}

/** The groups of settings that a setting is in, outermost first. */
function groupsAround(path: Path): Path[] {
  return path.map((_, depth) => path.slice(0, depth)).filter(({ length }) => length > 2);
}

/** What a group's default says beyond the defaults of its members; the tag of a variant always. */
function ownDefault(root: SchemaNode, recipe: unknown, path: Path): object | undefined {
  const node = nodeAt(root, recipe, path);
  const whole = node?.default;
  if (!node || !isObject(whole)) {
    return undefined;
  }
  const members = membersOf(node, root, undefined);
  const own = Object.entries(whole).filter(
    ([key, value]) => members[key]?.const !== undefined || !same(value, members[key]?.default),
  );
  return own.length > 0 ? Object.fromEntries(own) : undefined;
}

/** The schema of the setting at a path such as runs, align, game, optimizer. */
function nodeAt(root: SchemaNode, recipe: unknown, path: Path): SchemaNode | undefined {
  const kind = valueAt(recipe, [...path.slice(0, 2), "kind"]);
  const run = runUnion(root).variants[String(kind)];
  return path.slice(2).reduce<SchemaNode | undefined>((node, key, index) => {
    const group = valueAt(recipe, path.slice(0, index + 2));
    const child = node && membersOf(node, root, group)[key];
    return child && resolve(child, root);
  }, run);
}
