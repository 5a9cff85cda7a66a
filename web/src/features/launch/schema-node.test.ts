import { expect, it } from "vitest";
import { recipeSchema as root } from "@/testing/fake-catalog";
import { fieldOf, labelOf, resolve, runUnion, type SchemaNode } from "./schema-node";

function setting(kind: string, key: string): SchemaNode {
  return runUnion(root).variants[kind]?.properties?.[key] as SchemaNode;
}

it("finds the kinds of run under runs", () => {
  expect(Object.keys(runUnion(root).variants)).toEqual(["sft", "align"]);
});

it("lets what stands beside a reference win over its target", () => {
  const node = resolve(setting("sft", "optimizer"), root);
  expect(node.default).toEqual({ learning_rate: 1e-5, weight_decay: 0.01, schedule: "cosine" });
  expect(Object.keys(node.properties ?? {})).toEqual(["learning_rate", "weight_decay", "schedule"]);
});

it.each([
  ["sft", "policy", "reference"],
  ["sft", "optimizer", "object"],
  ["sft", "steps", "number"],
  ["align", "algorithm", "union"],
  ["align", "gate", "number"],
])("edits %s.%s as a %s", (kind, key, shape) => {
  expect(fieldOf(setting(kind, key), root).shape).toBe(shape);
});

it("knows the keys of a reference and that a number may be left out", () => {
  expect(fieldOf(setting("sft", "policy"), root)).toMatchObject({
    keys: { model: { type: "string" }, run: { type: "string" } },
  });
  expect(fieldOf(setting("align", "gate"), root)).toMatchObject({ optional: true });
});

it("writes names as sentences", () => {
  expect(labelOf("x", { title: "Kl Coefficient" })).toBe("KL coefficient");
  expect(labelOf("weight_decay", {})).toBe("Weight decay");
});
