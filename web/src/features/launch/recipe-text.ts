import { type Document, isMap, parseDocument } from "yaml";

export type Path = readonly string[];
export type RecipeObject = Record<string, unknown>;

export interface ReadRecipe {
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

/** The text with one value set, or taken out where it is undefined. Comments stay. */
export function withValue(text: string, path: Path, value: unknown): string {
  const document = parseDocument(text);
  if (value === undefined) {
    document.deleteIn(path);
    dropEmptyParents(document, path.slice(0, -1));
  } else {
    document.setIn(path, document.createNode(value));
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

/** A settings group whose last setting was taken out says nothing; runs stay even when empty. */
function dropEmptyParents(document: Document, path: Path): void {
  for (let depth = path.length; depth > 2; depth -= 1) {
    const parent = document.getIn(path.slice(0, depth));
    if (isMap(parent) && parent.items.length === 0) {
      document.deleteIn(path.slice(0, depth));
    }
  }
}

function print(document: Document): string {
  return document.toString({ lineWidth: 100, flowCollectionPadding: false });
}
