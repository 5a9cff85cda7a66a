import { expect, it } from "vitest";
import { recipeSchema, recipeText } from "@/testing/fake-catalog";
import { readRecipe } from "./recipe-text";
import { withSetting } from "./with-setting";

const written = (text: string, path: string, value: unknown) =>
  withSetting(text, path.split("."), value, recipeSchema);

const runs = (text: string) => readRecipe(text).recipe.runs as Record<string, unknown>;

const set = (path: string, value: unknown, text = recipeText) => runs(written(text, path, value));

it("writes out what a group's default says beyond those of its members before one changes", () => {
  expect(set("runs.sft.optimizer.weight_decay", 0).sft).toHaveProperty("optimizer", {
    learning_rate: 1e-5,
    schedule: "cosine",
    weight_decay: 0,
  });
});

it("changes only the member where the group is there already", () => {
  const text = recipeText.replace("steps: 10", "optimizer: {schedule: cosine}");
  expect(set("runs.sft.optimizer.weight_decay", 0, text).sft).toHaveProperty("optimizer", {
    schedule: "cosine",
    weight_decay: 0,
  });
});

it("reaches through a group into the groups inside it", () => {
  const text = recipeText.replace(/align/g, "warmup");
  expect(set("runs.warmup.game.optimizer.weight_decay", 0, text).warmup).toHaveProperty("game", {
    optimizer: {
      learning_rate: 1e-5,
      max_gradient_norm: 1,
      schedule: "cosine",
      warmup_steps: 0,
      weight_decay: 0,
    },
  });
});

it("keeps the kind of a variant when one of its settings changes", () => {
  expect(set("runs.align.algorithm.clip_low", 0.3).align).toHaveProperty("algorithm", {
    kind: "grpo",
    clip_low: 0.3,
  });
});

it("writes a dictionary's default out before one of its numbers changes", () => {
  const text = recipeText.replace("kind: align", "kind: rlvr");
  expect(set("runs.align.rewards.answer", 0.9, text).align).toHaveProperty("rewards", {
    answer: 0.9,
    format: 0.2,
  });
});

it("keeps an optional group switched on when the last of its settings goes back", () => {
  const on = written(recipeText, "runs.sft.tuning.lora", {});
  expect(runs(on).sft).toHaveProperty("tuning", { lora: {} });
  const changed = written(on, "runs.sft.tuning.lora.rank", 8);
  expect(runs(changed).sft).toHaveProperty("tuning", { lora: { rank: 8 } });
  expect(written(changed, "runs.sft.tuning.lora.rank", undefined)).toBe(on);
  expect(written(on, "runs.sft.tuning.lora", undefined)).toBe(recipeText);
});

it("drops a group that says nothing any more", () => {
  const text = written(recipeText, "runs.align.game.score_clip", 5);
  expect(written(text, "runs.align.game.score_clip", undefined)).toBe(recipeText);
});
