import { expect, it } from "vitest";
import { recipeSchema } from "@/testing/fake-catalog";
import { gridOf, isStudy, listOf, NO_ARMS, seedsFrom, withValueToggled } from "./arms";
import { optionsAt, settingPaths } from "./setting-paths";

const recipe = {
  name: "small",
  runs: {
    sft: { kind: "sft", policy: { model: "base" }, data: "public" },
    grpo: { kind: "rlvr", policy: { run: "sft" }, data: "public" },
    dapo: { kind: "rlvr", policy: { run: "sft" }, data: "public" },
  },
};

it("reads values as YAML, so that a group is one of them", () => {
  expect(listOf("grpo, {kind: dapo, most_draws: 3}, 1.0e-5, true")).toEqual([
    "grpo",
    { kind: "dapo", most_draws: 3 },
    1e-5,
    true,
  ]);
  expect(() => listOf("{")).toThrow("“{” is no list of values");
});

it("makes a grid of texts", () => {
  const arms = {
    ...NO_ARMS,
    settings: [{ path: " rlvr.algorithm ", values: "grpo, dapo" }],
    ablations: [{ label: "Dense", changes: [{ path: "warmup.discriminator", value: "dense" }] }],
    seeds: seedsFrom(3, 2),
  };
  expect(gridOf(arms)).toEqual({
    settings: { "rlvr.algorithm": ["grpo", "dapo"] },
    ablations: [{ label: "Dense", changes: { "warmup.discriminator": "dense" } }],
    seeds: [3, 4],
    labels: {},
  });
  expect([isStudy(arms), isStudy(NO_ARMS), isStudy({ ...NO_ARMS, seeds: "1" })]).toEqual([
    true,
    false,
    true,
  ]);
});

it("takes a value into a list and out again", () => {
  expect(withValueToggled("", "grpo")).toBe("grpo");
  expect(withValueToggled("grpo", "dapo")).toBe("grpo, dapo");
  expect(withValueToggled("grpo, dapo", "grpo")).toBe("dapo");
});

it("knows the settings of every kind of run that the recipe has", () => {
  const paths = settingPaths(recipe, recipeSchema);
  expect(paths).toContain("rlvr.algorithm");
  expect(paths).toContain("sft.optimizer.learning_rate");
  // Two runs are of one kind, so that each can be meant alone.
  expect(paths).toContain("runs.dapo.algorithm");
  expect(paths).not.toContain("runs.sft.steps");
  expect(paths.some((path) => path.startsWith("align."))).toBe(false);
});

it("offers what can stand at a setting, where that is one of a few", () => {
  expect(optionsAt("rlvr.algorithm", recipe, recipeSchema)).toContain("dapo");
  expect(optionsAt("runs.grpo.algorithm", recipe, recipeSchema)).toContain("gspo");
  expect(optionsAt("sft.optimizer.schedule", recipe, recipeSchema)).toEqual(["constant", "cosine"]);
  expect(optionsAt("sft.packing", recipe, recipeSchema)).toEqual(["true", "false"]);
  expect(optionsAt("sft.steps", recipe, recipeSchema)).toEqual([]);
  expect(optionsAt("who.knows", recipe, recipeSchema)).toEqual([]);
});
