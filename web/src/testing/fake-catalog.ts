import type { Catalog } from "@/api/schema";
import type { SchemaNode } from "@/features/launch/schema-node";
import written from "../../recipe-schema.json";

/** The schema of recipes as the engine prints it; a Python test keeps the file true. */
export const recipeSchema = written as SchemaNode;

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
    ...[
      { name: "accuracy_greedy", title: "Greedy accuracy", unit: "", better: "up" as const },
      { name: "pass_at_4", title: "pass@4", unit: "", better: "up" as const },
      {
        name: "caption_items",
        title: "Items per caption",
        unit: "items",
        better: "neither" as const,
      },
      { name: "items_apart", title: "Distance of items", unit: "items", better: "down" as const },
    ].map((metric) => ({ ...metric, meaning: `What ${metric.title} means`, timing: false })),
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
  search: [
    { name: "state", holds: "word", values: ["queued", "running", "succeeded", "failed"] },
    { name: "kind", holds: "word", values: ["sft", "align"] },
    { name: "steps", holds: "number", values: [] },
    { name: "created", holds: "moment", values: [] },
    { name: "pipeline", holds: "word", values: [] },
    { name: "tag", holds: "word", values: [] },
  ],
};
