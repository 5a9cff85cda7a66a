import type { SearchField } from "@/api/schema";

/** What a filter can be made of. */
export interface Vocabulary {
  fields: readonly SearchField[];
  metrics: readonly { name: string; title: string }[];
  /** Paths such as `rlvr.algorithm`. */
  settings: readonly string[];
  tags: readonly string[];
}

export interface Option {
  /** What stands in the text once it is chosen. */
  insert: string;
  label: string;
  detail: string;
}

/** What may stand at the cursor, and the stretch of the text that it would replace. */
export interface Completion {
  from: number;
  to: number;
  options: Option[];
}

const TOKEN = /"(?:[^"\\]|\\.)*"?|<=|>=|!=|[=<>:~(),]|[^\s"=<>!:~(),]+/g;
const OPERATORS = ["=", "!=", "<", "<=", ">", ">=", ":", "~"];
const KEYWORDS = ["and", "or", "not", "in"];
const MOST = 12;

/** How a filter can go on at the cursor; the server alone says whether it is right. */
export function complete(text: string, cursor: number, vocabulary: Vocabulary): Completion {
  const before = text.slice(0, cursor);
  const tokens = [...before.matchAll(TOKEN)].map(([token]) => token);
  const isOpen = /[^\s"=<>!:~(),]$/.test(before);
  const begun = isOpen ? (tokens.pop() ?? "") : "";
  const rest = /^[^\s"=<>!:~(),]*/.exec(text.slice(cursor))?.[0] ?? "";
  const options = optionsAfter(tokens, vocabulary).filter(
    ({ label, detail }) => label !== begun && fits(begun, label, detail),
  );
  const inOrder = options.sort((a, b) => rank(begun, a) - rank(begun, b));
  return { from: cursor - begun.length, to: cursor + rest.length, options: inOrder.slice(0, MOST) };
}

function optionsAfter(tokens: readonly string[], vocabulary: Vocabulary): Option[] {
  const last = tokens.at(-1);
  const field = comparedField(tokens);
  if (field !== undefined) {
    return valuesOf(field, vocabulary);
  }
  if (last === "in") {
    return [];
  }
  if (last !== undefined && isField(last, vocabulary)) {
    return operatorsOf(last, vocabulary);
  }
  const begins = last === undefined || last === "(" || ["and", "or", "not"].includes(last);
  return begins ? fieldsOf(vocabulary) : [...keywords(), ...fieldsOf(vocabulary)];
}

/** The field whose value stands next: behind an operator, or in a list behind `in (`. */
function comparedField(tokens: readonly string[]): string | undefined {
  const last = tokens.at(-1) ?? "";
  if (OPERATORS.includes(last)) {
    return tokens.at(-2);
  }
  const opened = tokens.lastIndexOf("(");
  const isList = opened > 1 && tokens[opened - 1] === "in" && !tokens.slice(opened).includes(")");
  if (!isList || (last !== "(" && last !== ",")) {
    return undefined;
  }
  return tokens[opened - 2] === "not" ? tokens[opened - 3] : tokens[opened - 2];
}

function isField(token: string, { fields }: Vocabulary): boolean {
  return (
    !KEYWORDS.includes(token) && (fields.some(({ name }) => name === token) || token.includes("."))
  );
}

function valuesOf(field: string, { fields, tags }: Vocabulary): Option[] {
  const known = field === "tag" ? tags : (fields.find(({ name }) => name === field)?.values ?? []);
  return known.map((value) => ({ insert: `${value} `, label: value, detail: "" }));
}

function operatorsOf(field: string, { fields }: Vocabulary): Option[] {
  const holds = fields.find(({ name }) => name === field)?.holds ?? "number";
  const of: Record<SearchField["holds"], [string, string][]> = {
    word: [
      ["=", "is"],
      ["!=", "is not"],
      ["~", "contains"],
      ["in (", "is one of"],
    ],
    number: [
      [">", "more than"],
      ["<", "less than"],
      [">=", "at least"],
      ["<=", "at most"],
      ["=", "is"],
    ],
    moment: [
      [">", "after"],
      ["<", "before"],
    ],
  };
  return of[holds].map(([sign, detail]) => ({ insert: `${sign} `, label: sign, detail }));
}

function fieldsOf({ fields, metrics, settings }: Vocabulary): Option[] {
  return [
    ...fields.map(({ name, values }) => ({
      insert: name === "tag" ? "tag:" : `${name} `,
      label: name,
      detail: values.slice(0, 4).join(", "),
    })),
    ...metrics.map(({ name, title }) => ({
      insert: `metrics.${name} `,
      label: `metrics.${name}`,
      detail: title,
    })),
    ...settings.map((path) => ({ insert: `${path} `, label: path, detail: "setting" })),
  ];
}

function keywords(): Option[] {
  return ["and", "or"].map((word) => ({ insert: `${word} `, label: word, detail: "" }));
}

function fits(begun: string, label: string, detail: string): boolean {
  const wanted = begun.toLowerCase();
  return label.toLowerCase().includes(wanted) || detail.toLowerCase().includes(wanted);
}

/** What begins as it is typed stands before what only contains it. */
function rank(begun: string, { label }: Option): number {
  const place = label.toLowerCase().indexOf(begun.toLowerCase());
  return place === 0 ? 0 : place > 0 ? 1 : 2;
}

interface SchemaNode {
  $ref?: string;
  const?: unknown;
  properties?: Record<string, SchemaNode>;
  patternProperties?: Record<string, SchemaNode>;
  anyOf?: SchemaNode[];
  oneOf?: SchemaNode[];
  $defs?: Record<string, SchemaNode>;
}

const DEEPEST = 3;

/** The paths of all settings of every kind of run, as a filter names them. */
export function settingPaths(schema: SchemaNode): string[] {
  const resolve = (node: SchemaNode): SchemaNode =>
    node.$ref ? (schema.$defs?.[node.$ref.replace("#/$defs/", "")] ?? {}) : node;
  const variants = (node: SchemaNode) => {
    const found = resolve(node);
    return [...(found.oneOf ?? []), ...(found.anyOf ?? []), found].map(resolve);
  };
  const below = (node: SchemaNode, path: string, depth: number): string[] =>
    variants(node)
      .flatMap(({ properties = {} }) => Object.entries(properties))
      .flatMap(([name, child]) => {
        if (name === "kind") {
          return [];
        }
        const here = `${path}.${name}`;
        return [here, ...(depth < DEEPEST ? below(child, here, depth + 1) : [])];
      });
  const kinds = Object.values(schema.properties?.runs?.patternProperties ?? {}).flatMap(variants);
  return [
    ...new Set(
      kinds.flatMap((run) => {
        const kind = run.properties?.kind?.const;
        return typeof kind === "string" ? below(run, kind, 1) : [];
      }),
    ),
  ];
}
