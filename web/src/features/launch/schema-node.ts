/** The part of JSON Schema, and of this project's hints, that the launch form reads. */
export interface SchemaNode {
  $ref?: string;
  $defs?: Record<string, SchemaNode>;
  type?: string;
  title?: string;
  description?: string;
  default?: unknown;
  const?: unknown;
  enum?: string[];
  items?: SchemaNode;
  properties?: Record<string, SchemaNode>;
  patternProperties?: Record<string, SchemaNode>;
  additionalProperties?: SchemaNode | boolean;
  required?: string[];
  anyOf?: SchemaNode[];
  oneOf?: SchemaNode[];
  discriminator?: { propertyName: string; mapping: Record<string, string> };
  minimum?: number;
  maximum?: number;
  group?: string;
  unit?: string;
  advanced?: boolean;
}

/** The node with its reference followed; what stands beside a reference wins over its target. */
export function resolve(node: SchemaNode, root: SchemaNode): SchemaNode {
  if (!node.$ref) {
    return node;
  }
  const { $ref, ...beside } = node;
  const target = root.$defs?.[$ref.replace("#/$defs/", "")];
  if (!target) {
    throw new Error(`the schema has no ${$ref}`);
  }
  return { ...resolve(target, root), ...beside };
}

/** How a node is edited. */
type Field =
  | { shape: "group"; node: SchemaNode; optional: boolean }
  | { shape: "union"; tag: string; variants: Record<string, SchemaNode> }
  | { shape: "reference"; keys: Record<string, SchemaNode>; optional: boolean }
  | { shape: "dictionary"; values: "numbers" | "texts" }
  | { shape: "choice"; options: string[] }
  | { shape: "choices"; options: string[] }
  | { shape: "texts" }
  | { shape: "number"; whole: boolean; optional: boolean }
  | { shape: "switch" }
  | { shape: "text"; optional: boolean };

export function fieldOf(given: SchemaNode, root: SchemaNode): Field {
  const node = resolve(given, root);
  if (node.oneOf && node.discriminator) {
    return { shape: "union", ...variantsOf(node, root) };
  }
  if (node.anyOf) {
    return anyOf(node.anyOf, root);
  }
  if (node.enum) {
    return { shape: "choice", options: node.enum };
  }
  switch (node.type) {
    case "object":
      return node.properties
        ? { shape: "group", node, optional: false }
        : { shape: "dictionary", values: valuesOf(node, root) };
    case "array":
      return listOf(node, root);
    case "integer":
    case "number":
      return { shape: "number", whole: node.type === "integer", optional: false };
    case "boolean":
      return { shape: "switch" };
    case "string":
      return { shape: "text", optional: false };
  }
  throw new Error(`the form has no editor for ${JSON.stringify(given)}`);
}

function anyOf(branches: SchemaNode[], root: SchemaNode): Field {
  const only = onlyBranch(branches);
  if (only) {
    const field = fieldOf(only, root);
    return "optional" in field ? { ...field, optional: branches.length > 1 } : field;
  }
  const optional = branches.some(({ type }) => type === "null");
  return { shape: "reference", keys: keysOf(branches, root), optional };
}

/** Of objects with one required key each, such as {run: …} or {model: …}: the key says which. */
function keysOf(branches: readonly SchemaNode[], root: SchemaNode): Record<string, SchemaNode> {
  return Object.assign({}, ...branches.map((branch) => resolve(branch, root).properties));
}

function valuesOf(node: SchemaNode, root: SchemaNode): "numbers" | "texts" {
  const values = node.additionalProperties;
  const type = typeof values === "object" ? resolve(values, root).type : undefined;
  if (type === "number") {
    return "numbers";
  }
  if (type === "string") {
    return "texts";
  }
  throw new Error(`the form has no editor for a dictionary of ${JSON.stringify(values)}`);
}

/** The one branch of a node that may also be null. */
function onlyBranch(branches: readonly SchemaNode[]): SchemaNode | undefined {
  const real = branches.filter(({ type }) => type !== "null");
  return real.length === 1 ? real[0] : undefined;
}

function listOf(node: SchemaNode, root: SchemaNode): Field {
  const items = node.items && resolve(node.items, root);
  if (items?.enum) {
    return { shape: "choices", options: items.enum };
  }
  if (items?.type === "string") {
    return { shape: "texts" };
  }
  throw new Error(`the form has no editor for a list of ${JSON.stringify(node.items)}`);
}

/** The variants of a union by the value of its tag. */
function variantsOf(node: SchemaNode, root: SchemaNode) {
  const mapping = new Map(Object.entries(node.discriminator?.mapping ?? {}));
  // The mapping is sorted by name; the branches stand in the order that was meant.
  const order = (node.oneOf ?? []).map(({ $ref }) => $ref);
  const variants = [...mapping]
    .sort(([, one], [, other]) => order.indexOf(one) - order.indexOf(other))
    .map(([kind, $ref]): [string, SchemaNode] => [kind, resolve({ $ref }, root)]);
  return {
    tag: node.discriminator?.propertyName ?? "kind",
    variants: Object.fromEntries(variants),
  };
}

/** The union of everything that can stand under `runs`. */
export function runUnion(root: SchemaNode) {
  const runs = resolve(root.properties?.runs ?? {}, root);
  const node = Object.values(runs.patternProperties ?? {})[0] ?? runs.additionalProperties;
  return variantsOf(resolve(node as SchemaNode, root), root);
}

/** Whether a group of settings may be switched off as a whole. */
export function isOptionalGroup(node: SchemaNode | undefined, root: SchemaNode): boolean {
  const field = node?.anyOf && fieldOf(node, root);
  return field?.shape === "group" && field.optional;
}

/**
 * The settings inside a node: those of a group, be it optional, or of a union's chosen variant, or
 * the keys of a reference.
 */
export function membersOf(
  given: SchemaNode,
  root: SchemaNode,
  value: unknown,
): Record<string, SchemaNode> {
  const node = resolve(given, root);
  const only = onlyBranch(node.anyOf ?? []);
  if (only) {
    return membersOf(only, root, value);
  }
  if (node.oneOf && node.discriminator) {
    const { tag, variants } = variantsOf(node, root);
    const kind = taggedBy(tag, value) ?? taggedBy(tag, node.default);
    return variants[String(kind)]?.properties ?? {};
  }
  return node.anyOf ? keysOf(node.anyOf, root) : (node.properties ?? {});
}

/** What a group needs to be told before anything counts, still empty. */
export function blankOf(node: SchemaNode, root: SchemaNode): Record<string, unknown> {
  const members = membersOf(node, root, undefined);
  const required = (resolve(node, root).required ?? []).map((key): [string, unknown] => {
    const field = fieldOf(members[key] ?? {}, root);
    if (field.shape === "group") {
      return [key, blankOf(field.node, root)];
    }
    return [key, field.shape === "texts" ? [] : ""];
  });
  return Object.fromEntries(required);
}

function taggedBy(tag: string, value: unknown): unknown {
  return typeof value === "object" && value !== null
    ? (value as Record<string, unknown>)[tag]
    : undefined;
}

const WORDS: Record<string, string> = {
  cispo: "CISPO",
  dapo: "DAPO",
  dr: "Dr.",
  dtype: "Number format",
  grpo: "GRPO",
  gspo: "GSPO",
  kl: "KL",
  lora: "LoRA",
  moe: "MoE",
  rloo: "RLOO",
  rlvr: "RLVR",
  sft: "SFT",
  url: "URL",
};

/** A name for people: `kl_coefficient` becomes `KL coefficient`, `dr_grpo` becomes `Dr. GRPO`. */
export function labelOf(name: string): string {
  const words = name.toLowerCase().split(/[_ ]/);
  const [first = "", ...rest] = words.map((word) => WORDS[word] ?? word);
  return [first.charAt(0).toUpperCase() + first.slice(1), ...rest].join(" ");
}
