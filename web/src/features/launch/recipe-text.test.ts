import { expect, it } from "vitest";
import { recipeText } from "@/testing/fake-catalog";
import { readRecipe, withoutValue, withRunRenamed, withValue } from "./recipe-text";

const read = (text: string) => readRecipe(text).recipe.runs as Record<string, unknown>;

it("keeps comments and order when a value changes", () => {
  const text = withValue(recipeText, ["runs", "sft", "steps"], 20);
  expect(text).toBe(recipeText.replace("steps: 10", "steps: 20"));
});

it("takes a value out, and a group that is empty with it", () => {
  const path = ["runs", "sft", "optimizer", "learning_rate"];
  const text = withValue(recipeText, path, 1);
  expect(withoutValue(text, path, () => false)).toBe(recipeText);
  expect(read(withoutValue(text, path, () => true)).sft).toMatchObject({ optimizer: {} });
});

it("writes over a group that was switched off", () => {
  const text = recipeText.replace("steps: 10", "tuning: {lora: null}");
  const written = withValue(text, ["runs", "sft", "tuning", "lora", "rank"], 8);
  expect(read(written).sft).toMatchObject({ tuning: { lora: { rank: 8 } } });
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
