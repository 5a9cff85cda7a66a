import { type Document, isMap, parseDocument } from "yaml";

export type Path = readonly string[];
export type RecipeObject = Record<string, unknown>;

interface ReadRecipe {
  recipe: RecipeObject;
  /** What keeps the text from being read, in words; the form waits until it is repaired. */
  unreadable: string | undefined;
}

/** The recipe that a text holds. The text is the only truth: form and YAML are two views of it. */
export function readRecipe(text: string): ReadRecipe {
  const document = parseDocument(text);
  const error = document.errors[0];
  if (error) {
    const line = error.linePos?.[0].line;
    return { recipe: {}, unreadable: `Line ${line}: ${error.message.split("\n")[0]}` };
  }
  const recipe: unknown = document.toJS();
  return isObject(recipe)
    ? { recipe, unreadable: undefined }
    : { recipe: {}, unreadable: "A recipe begins with `name:` and `runs:`." };
}

/** The text with one value set. Comments stay. */
export function withValue(text: string, path: Path, value: unknown): string {
  const document = parseDocument(text);
  for (let depth = 1; depth < path.length; depth += 1) {
    // A group that was switched off is null, and null has no members.
    if (document.getIn(path.slice(0, depth)) === null) {
      document.deleteIn(path.slice(0, depth));
    }
  }
  document.setIn(path, document.createNode(value));
  return print(document);
}

/**
 * The text with one value taken out, and with it the settings groups that are empty then, but for
 * those that stay even so.
 */
export function withoutValue(text: string, path: Path, stays: (group: Path) => boolean): string {
  const document = parseDocument(text);
  document.deleteIn(path);
  for (let depth = path.length - 1; depth > 2; depth -= 1) {
    const group = path.slice(0, depth);
    const found = document.getIn(group);
    if (!isMap(found) || found.items.length > 0 || stays(group)) {
      break;
    }
    document.deleteIn(group);
  }
  return print(document);
}

/** The text with a run renamed, in every reference to it too. */
export function withRunRenamed(text: string, from: string, to: string): string {
  const document = parseDocument(text);
  const runs = document.getIn(["runs"]);
  if (!isMap(runs)) {
    return text;
  }
  for (const pair of runs.items) {
    if (String(pair.key) === from) {
      pair.key = document.createNode(to);
    }
    for (const role of ["policy", "discriminator"]) {
      if (isMap(pair.value) && pair.value.getIn([role, "run"]) === from) {
        pair.value.setIn([role, "run"], to);
      }
    }
  }
  return print(document);
}

export function isObject(value: unknown): value is RecipeObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function valueAt(recipe: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), recipe);
}

function print(document: Document): string {
  return document.toString({ lineWidth: 100, flowCollectionPadding: false });
}
