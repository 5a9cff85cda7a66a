import type { Catalog } from "@/api/schema";
import type { SchemaNode } from "@/features/launch/schema-node";

const optimizer: SchemaNode = {
  type: "object",
  title: "Optimizer",
  properties: {
    learning_rate: {
      type: "number",
      title: "Learning Rate",
      default: 1e-6,
      description: "Peak learning rate",
      group: "optimisation",
    },
    weight_decay: { type: "number", title: "Weight Decay", default: 0.01, advanced: true },
    schedule: { type: "string", enum: ["constant", "cosine"], default: "constant" },
  },
};

const reference: SchemaNode = {
  anyOf: [{ $ref: "#/$defs/FromModel" }, { $ref: "#/$defs/FromRun" }],
};

const policy: SchemaNode = {
  ...reference,
  title: "Policy",
  group: "model",
  description: "The policy that this run starts from",
};

const data: SchemaNode = { type: "string", title: "Data", group: "data" };

/** A schema of the same make as the real one: references, unions by kind, nested groups, hints. */
export const recipeSchema: SchemaNode = {
  type: "object",
  properties: {
    name: { type: "string", title: "Name", description: "Name of the pipeline" },
    seed: { type: "integer", title: "Seed", default: 0 },
    runs: {
      type: "object",
      patternProperties: {
        "^[a-z]+$": {
          oneOf: [{ $ref: "#/$defs/Sft" }, { $ref: "#/$defs/Align" }],
          discriminator: {
            propertyName: "kind",
            mapping: { sft: "#/$defs/Sft", align: "#/$defs/Align" },
          },
        },
      },
    },
  },
  $defs: {
    FromModel: { type: "object", properties: { model: { type: "string" } } },
    FromRun: { type: "object", properties: { run: { type: "string" } } },
    Optimizer: optimizer,
    Grpo: {
      type: "object",
      properties: {
        kind: { const: "grpo", type: "string" },
        clip_low: { type: "number", title: "Clip Low", default: 0.2 },
      },
    },
    Sft: {
      type: "object",
      properties: {
        kind: { const: "sft", type: "string" },
        policy,
        data,
        steps: { type: "integer", title: "Steps", default: 1000, group: "schedule", unit: "steps" },
        optimizer: {
          $ref: "#/$defs/Optimizer",
          group: "optimisation",
          default: { learning_rate: 1e-5, weight_decay: 0.01, schedule: "cosine" },
        },
      },
    },
    Align: {
      type: "object",
      properties: {
        kind: { const: "align", type: "string" },
        policy,
        data,
        discriminator: { ...reference, title: "Discriminator", group: "game" },
        algorithm: {
          title: "Algorithm",
          group: "optimisation",
          default: { kind: "grpo", clip_low: 0.2 },
          oneOf: [{ $ref: "#/$defs/Grpo" }],
          discriminator: { propertyName: "kind", mapping: { grpo: "#/$defs/Grpo" } },
        },
        gate: {
          anyOf: [{ type: "number" }, { type: "null" }],
          title: "Gate",
          default: null,
          group: "game",
          advanced: true,
        },
      },
    },
  },
};

export const recipeText = `# Two stages.
name: small
runs:
  sft:
    kind: sft
    policy: {model: base}
    data: public
    steps: 10
  align:
    kind: align
    policy: {run: sft}
    discriminator: {run: warmup}
    data: curated
`;

export const catalog: Catalog = {
  schema: recipeSchema as Catalog["schema"],
  recipes: [{ name: "small", title: "Small", description: "", recipe: {}, yaml: recipeText }],
  metrics: [
    {
      name: "gap_perception",
      title: "Perception reward gap",
      meaning: "By how much demonstrations score higher",
      unit: "",
      better: "down",
      timing: false,
    },
    {
      name: "tokens_per_second",
      title: "Throughput",
      meaning: "Tokens per second",
      unit: "tokens/s",
      better: "up",
      timing: true,
    },
  ],
  kinds: [
    { kind: "sft", title: "Supervised fine-tuning", produces: ["policy"] },
    { kind: "align", title: "Alignment", produces: ["policy", "discriminator"] },
  ],
};
