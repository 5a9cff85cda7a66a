import { expect, it } from "vitest";
import { recipeSchema, recipeText } from "@/testing/fake-catalog";
import { readRecipe, withRunRenamed, withValue } from "./recipe-text";
import { withSetting } from "./with-setting";

const set = (path: string[], value: unknown, text = recipeText) =>
  readRecipe(withSetting(text, path, value, recipeSchema)).recipe.runs as Record<string, unknown>;

it("keeps comments and order when a value changes", () => {
  const text = withValue(recipeText, ["runs", "sft", "steps"], 20);
  expect(text).toBe(recipeText.replace("steps: 10", "steps: 20"));
});

it("takes a value out, and a group that is empty with it", () => {
  const text = withValue(recipeText, ["runs", "sft", "optimizer", "learning_rate"], 1);
  const without = withValue(text, ["runs", "sft", "optimizer", "learning_rate"], undefined);
  expect(without).toBe(recipeText);
});

it("writes a group's default out as a whole before one of its members changes", () => {
  expect(set(["runs", "sft", "optimizer", "weight_decay"], 0).sft).toMatchObject({
    optimizer: { learning_rate: 1e-5, weight_decay: 0, schedule: "cosine" },
  });
});

it("changes only the member where the group is there already", () => {
  const text = recipeText.replace("steps: 10", "optimizer: {schedule: cosine}");
  expect(set(["runs", "sft", "optimizer", "weight_decay"], 0, text).sft).toMatchObject({
    optimizer: { schedule: "cosine", weight_decay: 0 },
  });
});

it("keeps the kind of a variant when one of its settings changes", () => {
  expect(set(["runs", "align", "algorithm", "clip_low"], 0.3).align).toMatchObject({
    algorithm: { kind: "grpo", clip_low: 0.3 },
  });
});

it("renames a run in the references to it too", () => {
  const { recipe } = readRecipe(withRunRenamed(recipeText, "sft", "first"));
  expect(Object.keys(recipe.runs as object)).toEqual(["first", "align"]);
  expect(recipe.runs).toMatchObject({ align: { policy: { run: "first" } } });
});

it("says where a text cannot be read", () => {
  expect(readRecipe("name: a\nruns: [").unreadable).toMatch(/^Line 2: /);
  expect(readRecipe("just words").unreadable).toBe("A recipe begins with `name:` and `runs:`.");
});
