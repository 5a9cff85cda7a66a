import { expect, it } from "vitest";
import { recipeSchema as root } from "@/testing/fake-catalog";
import {
  blankOf,
  fieldOf,
  labelOf,
  membersOf,
  resolve,
  runUnion,
  type SchemaNode,
} from "./schema-node";

function setting(kind: string, ...path: string[]): SchemaNode {
  const run = runUnion(root).variants[kind] as SchemaNode;
  return path.reduce((node, key) => membersOf(node, root, undefined)[key] as SchemaNode, run);
}

/** Every setting below a node, those of all variants of a union included. */
function settingsBelow(node: SchemaNode): SchemaNode[] {
  const field = fieldOf(node, root);
  const groups =
    field.shape === "union"
      ? Object.values(field.variants)
      : field.shape === "group"
        ? [field.node]
        : [];
  const keys = field.shape === "reference" ? Object.values(field.keys) : [];
  return [
    node,
    ...keys.flatMap(settingsBelow),
    ...groups.flatMap(({ properties = {} }) =>
      Object.values(properties)
        .filter((child) => child.const === undefined)
        .flatMap(settingsBelow),
    ),
  ];
}

it("finds the kinds of run under runs, in the order of the stages", () => {
  expect(Object.keys(runUnion(root).variants)).toEqual([
    "sft",
    "warmup",
    "align",
    "rlvr",
    "evaluate",
    "curate",
    "ask",
  ]);
});

it("has an editor and words for every setting of the schema", () => {
  const settings = Object.values(runUnion(root).variants).flatMap((run) =>
    Object.values(run.properties ?? {})
      .filter((child) => child.const === undefined)
      .flatMap(settingsBelow),
  );
  const shapes = new Set(settings.map((node) => fieldOf(node, root).shape));
  expect([...shapes].sort()).toEqual([
    "choice",
    "choices",
    "dictionary",
    "group",
    "number",
    "reference",
    "switch",
    "text",
    "texts",
    "union",
  ]);
  expect(settings.filter(({ description }) => !description)).toEqual([]);
});

it.each([
  ["sft.policy", { shape: "reference", optional: false }],
  ["curate.policy", { shape: "reference", optional: true }],
  ["evaluate.policy.endpoint", { shape: "group", optional: false }],
  ["evaluate.policy.endpoint.price", { shape: "group", optional: true }],
  ["sft.optimizer", { shape: "group", optional: false }],
  ["sft.steps", { shape: "number", whole: true, optional: false }],
  ["sft.best_by", { shape: "text", optional: true }],
  ["sft.mixed_with", { shape: "dictionary", values: "numbers" }],
  ["rlvr.rewards", { shape: "dictionary", values: "numbers" }],
  ["ask.images", { shape: "texts" }],
  ["curate.benchmarks", { shape: "dictionary", values: "texts" }],
  ["sft.tuning.frozen", { shape: "choices", options: ["vision", "projector", "language"] }],
  ["sft.tuning.lora", { shape: "group", optional: true }],
  ["sft.tuning.lora.rank", { shape: "number", whole: true }],
  ["warmup.gate", { shape: "number", optional: true }],
  ["rlvr.pass_rate", { shape: "group", optional: true }],
  ["rlvr.algorithm", { shape: "union", tag: "kind" }],
])("edits %s as it is", (path, field) => {
  const [kind = "", ...keys] = path.split(".");
  expect(fieldOf(setting(kind, ...keys), root)).toMatchObject(field);
});

it.each([
  ["sft", ["model", "run", "checkpoint"]],
  ["evaluate", ["model", "run", "checkpoint", "endpoint"]],
  ["curate", ["model", "run", "checkpoint", "endpoint"]],
])("names the policy of %s by any of %s", (kind, keys) => {
  expect(Object.keys(membersOf(setting(kind, "policy"), root, undefined))).toEqual(keys);
});

it("writes out what a group must be told, and nothing that has a default", () => {
  const endpoint = { url: "", model: "" };
  expect(blankOf(setting("curate", "teacher"), root)).toEqual({ endpoint });
  expect(blankOf({ $ref: "#/$defs/Panel" }, root)).toEqual({ first: endpoint });
  expect(blankOf({ $ref: "#/$defs/Lora" }, root)).toEqual({});
  expect(blankOf({ $ref: "#/$defs/Ask" }, root)).toEqual({ policy: "", question: "", images: [] });
});

it("offers the variants of a union in the order in which they were declared", () => {
  const { variants: algorithms } = fieldOf(setting("align", "algorithm"), root) as never;
  expect(Object.keys(algorithms)).toEqual(["grpo", "dapo", "gspo", "dr_grpo", "cispo", "rloo"]);
  const { variants: judges } = fieldOf(setting("warmup", "discriminator"), root) as never;
  expect(Object.keys(judges).map(labelOf)).toEqual([
    "MoE",
    "Dense",
    "Text only",
    "Whole response",
    "Length only",
    "Random",
  ]);
});

it("lets what stands beside a reference win over its target", () => {
  const node = resolve(setting("sft", "optimizer"), root);
  expect(node.default).toMatchObject({ learning_rate: 1e-5, schedule: "cosine" });
  expect(node.properties?.learning_rate?.default).toBe(1e-6);
});

it("refuses a shape that nobody has thought of", () => {
  expect(() => fieldOf({ type: "array", items: { type: "number" } }, root)).toThrow(/no editor/);
  const switches = { type: "object", additionalProperties: { type: "boolean" } };
  expect(() => fieldOf(switches, root)).toThrow(/no editor for a dictionary/);
});

it("writes names as sentences", () => {
  expect(labelOf("kl_coefficient")).toBe("KL coefficient");
  expect(labelOf("weight_decay")).toBe("Weight decay");
  expect(labelOf("dr_grpo")).toBe("Dr. GRPO");
});
