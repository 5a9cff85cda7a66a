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

const REPEATED = `name: repeated
runs:
  first: &first
    kind: rlvr
    sampling: &cool {temperature: 0.7, max_new_tokens: 128}
    steps: 10
  second:
    kind: rlvr
    sampling: *cool
  third: {<<: *first, steps: 20}
`;

const COOL = { temperature: 0.7, max_new_tokens: 128 };

it("reads what is repeated and merged as the engine does", () => {
  expect(read(REPEATED)).toMatchObject({
    second: { sampling: COOL },
    third: { kind: "rlvr", sampling: COOL, steps: 20 },
  });
});

it.each(["second", "third"])("changes a repeated group in %s alone", (run) => {
  const path = ["runs", run, "sampling", "temperature"];
  const runs = read(withValue(REPEATED, path, 1));
  expect(runs[run]).toMatchObject({ sampling: { ...COOL, temperature: 1 } });
  expect(runs.first).toMatchObject({ sampling: COOL });
  expect(read(withoutValue(REPEATED, path, () => false))[run]).toMatchObject({
    sampling: { max_new_tokens: 128 },
  });
});

it("takes a run out without losing what others repeat of it", () => {
  expect(read(withoutValue(REPEATED, ["runs", "first"], () => false))).toEqual({
    second: { kind: "rlvr", sampling: COOL },
    third: { kind: "rlvr", sampling: COOL, steps: 20 },
  });
});

it("reads a recipe that repeats one anchor in a hundred runs", () => {
  const runs = Array.from({ length: 150 }, (_, index) => `  run-${index}: {sampling: *cool}\n`);
  expect(Object.keys(read(REPEATED + runs.join("")))).toHaveLength(153);
});

it("says what keeps aliases from being read", () => {
  expect(readRecipe("name: a\nruns: *nobody").unreadable).toMatch(/Unresolved alias.*nobody/);
  const doubled = Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]\n`);
  expect(readRecipe(`a0: &a0 [x]\n${doubled.join("")}`).unreadable).toMatch(/alias count/);
});
