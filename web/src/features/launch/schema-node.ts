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
  properties?: Record<string, SchemaNode>;
  patternProperties?: Record<string, SchemaNode>;
  additionalProperties?: SchemaNode | boolean;
  propertyNames?: SchemaNode;
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
export type Field =
  | { shape: "object"; node: SchemaNode }
  | { shape: "union"; tag: string; variants: Record<string, SchemaNode> }
  | { shape: "reference"; keys: Record<string, SchemaNode> }
  | { shape: "dictionary"; keys: string[]; node: SchemaNode }
  | { shape: "choice"; options: string[] }
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
  if (node.type === "object") {
    return node.properties
      ? { shape: "object", node }
      : { shape: "dictionary", keys: node.propertyNames?.enum ?? [], node };
  }
  if (node.type === "integer" || node.type === "number") {
    return { shape: "number", whole: node.type === "integer", optional: false };
  }
  return node.type === "boolean" ? { shape: "switch" } : { shape: "text", optional: false };
}

function anyOf(branches: SchemaNode[], root: SchemaNode): Field {
  const real = branches.filter(({ type }) => type !== "null");
  const only = real[0];
  if (real.length === 1 && only) {
    const field = fieldOf(only, root);
    return "optional" in field ? { ...field, optional: real.length < branches.length } : field;
  }
  // Objects with one required key each, such as {run: …} or {model: …}: the key says which.
  const keys = real.map((branch) => Object.entries(resolve(branch, root).properties ?? {})[0]);
  return { shape: "reference", keys: Object.fromEntries(keys.filter((key) => key !== undefined)) };
}

/** The variants of a union by the value of its tag. */
export function variantsOf(node: SchemaNode, root: SchemaNode) {
  const mapping = node.discriminator?.mapping ?? {};
  const variants = Object.fromEntries(
    Object.entries(mapping).map(([kind, $ref]) => [kind, resolve({ $ref }, root)]),
  );
  return { tag: node.discriminator?.propertyName ?? "kind", variants };
}

/** The union of everything that can stand under `runs`. */
export function runUnion(root: SchemaNode) {
  const runs = resolve(root.properties?.runs ?? {}, root);
  const node = Object.values(runs.patternProperties ?? {})[0] ?? runs.additionalProperties;
  return variantsOf(resolve(node as SchemaNode, root), root);
}

const ACRONYMS: Record<string, string> = { Kl: "KL", Dtype: "Number format" };

/** A field's name for people: `Kl Coefficient` becomes `KL coefficient`. */
export function labelOf(key: string, node: SchemaNode): string {
  const [first = "", ...rest] = (node.title ?? key.replaceAll("_", " ")).split(" ");
  const capital = first.charAt(0).toUpperCase() + first.slice(1);
  return [ACRONYMS[capital] ?? capital, ...rest.map((word) => word.toLowerCase())].join(" ");
}
