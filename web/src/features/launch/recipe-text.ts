import { type Alias, type Document, isMap, parseDocument, visit } from "yaml";

/** A recipe of many runs repeats its anchors often; a hostile one does so without end. */
const MOST_ALIASES = 10_000;

export type Path = readonly string[];
export type RecipeObject = Record<string, unknown>;

interface ReadRecipe {
  recipe: RecipeObject;
  /** What keeps the text from being read, in words; the form waits until it is repaired. */
  unreadable: string | undefined;
}

/** The recipe that a text holds. The text is the only truth: form and YAML are two views of it. */
export function readRecipe(text: string): ReadRecipe {
  const document = parse(text);
  const error = document.errors[0];
  if (error) {
    const line = error.linePos?.[0].line;
    return { recipe: {}, unreadable: `Line ${line}: ${error.message.split("\n")[0]}` };
  }
  let recipe: unknown;
  try {
    recipe = contentOf(document);
  } catch (unresolved) {
    return { recipe: {}, unreadable: (unresolved as Error).message };
  }
  return isObject(recipe)
    ? { recipe, unreadable: undefined }
    : { recipe: {}, unreadable: "A recipe begins with `name:` and `runs:`." };
}

/** The text with one value set. Comments stay. */
export function withValue(text: string, path: Path, value: unknown): string {
  const document = parse(text);
  writeOutAround(document, path);
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
  const document = parse(text);
  writeOutAround(document, path);
  deleteWithAnchors(document, path);
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
  const document = parse(text);
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

/** The document that a text is, in which `<<` merges as it does for the engine. */
function parse(text: string): Document {
  return parseDocument(text, { merge: true });
}

function contentOf(document: Document): unknown {
  return document.toJS({ maxAliasCount: MOST_ALIASES });
}

/** Write out the groups around a setting that are an alias or merged in, so that it can change. */
function writeOutAround(document: Document, path: Path): void {
  const recipe = contentOf(document);
  for (let depth = 1; depth < path.length; depth += 1) {
    const group = path.slice(0, depth);
    const content = valueAt(recipe, group);
    if (isObject(content) && !isMap(document.getIn(group, true))) {
      document.setIn(group, document.createNode(content, { aliasDuplicateObjects: false }));
    }
  }
}

/** Take a value out; what repeats an anchor inside it is written out. */
function deleteWithAnchors(document: Document, path: Path): void {
  const contents = new Map<Alias, unknown>();
  visit(document, {
    Alias: (_, alias) => {
      const content = alias.toJS(document, { maxAliasCount: MOST_ALIASES });
      contents.set(alias, content);
    },
  });
  document.deleteIn(path);
  visit(document, {
    Alias: (_, alias) =>
      alias.resolve(document) ? undefined : document.createNode(contents.get(alias)),
  });
}

function print(document: Document): string {
  return document.toString({ lineWidth: 100, flowCollectionPadding: false });
}
