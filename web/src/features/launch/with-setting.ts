import { isObject, type Path, readRecipe, valueAt, withValue } from "./recipe-text";
import { resolve, runUnion, type SchemaNode, variantsOf } from "./schema-node";

/**
 * The text with one setting changed by the form.
 *
 * A group of settings that the recipe does not name has a default as a whole, which may differ from
 * the defaults of its members. So the whole of it is written out before one member changes;
 * otherwise changing the weight decay would silently change the learning rate too.
 */
export function withSetting(text: string, path: Path, value: unknown, root: SchemaNode): string {
  const { recipe } = readRecipe(text);
  let written = text;
  for (let depth = 3; depth < path.length; depth += 1) {
    const group = path.slice(0, depth);
    if (valueAt(recipe, group) === undefined) {
      const whole = nodeAt(root, recipe, group)?.default;
      if (value !== undefined && isObject(whole)) {
        written = withValue(written, group, whole);
      }
      break;
    }
  }
  return withValue(written, path, value);
}

/** The schema of the setting at a path such as runs, align, game, optimizer. */
export function nodeAt(root: SchemaNode, recipe: unknown, path: Path): SchemaNode | undefined {
  const kind = valueAt(recipe, [...path.slice(0, 2), "kind"]);
  const run = runUnion(root).variants[String(kind)];
  return path.slice(2).reduce<SchemaNode | undefined>((node, key, index) => {
    const child = node?.properties?.[key];
    return (
      child && taggedNode(resolve(child, root), root, valueAt(recipe, path.slice(0, index + 3)))
    );
  }, run);
}

function taggedNode(node: SchemaNode, root: SchemaNode, value: unknown): SchemaNode {
  if (!node.oneOf || !node.discriminator) {
    return node;
  }
  const { tag, variants } = variantsOf(node, root);
  const kind = isObject(value) ? value[tag] : isObject(node.default) && node.default[tag];
  return { ...variants[String(kind)], default: node.default };
}
