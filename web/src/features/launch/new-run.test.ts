import { expect, it } from "vitest";
import { catalog, recipeText, recipeSchema as root } from "@/testing/fake-catalog";
import { newRun, producers } from "./new-run";
import { readRecipe } from "./recipe-text";

const { recipe } = readRecipe(recipeText);
const registered = { models: ["base"], datasets: ["public"] };

it("offers the runs that give a role, but none that would wait for the asking run", () => {
  const names = (role: string, asking?: string) =>
    producers(recipe, role, catalog.kinds, asking).map(({ name }) => name);
  expect(names("policy")).toEqual(["sft", "align"]);
  expect(names("discriminator")).toEqual(["align"]);
  expect(names("policy", "sft")).toEqual([]);
  expect(names("policy", "align")).toEqual(["sft"]);
});

it("puts a new run behind the last one that gives a policy, under a name of its own", () => {
  expect(newRun(root, recipe, "sft", catalog.kinds, registered)).toEqual([
    "sft-2",
    { kind: "sft", policy: { run: "align" }, data: "public" },
  ]);
});

it("starts from a registered model where there is no run yet", () => {
  expect(newRun(root, {}, "sft", catalog.kinds, registered)[1].policy).toEqual({ model: "base" });
});

it("gives an alignment the latest discriminator too", () => {
  expect(newRun(root, recipe, "align", catalog.kinds, registered)[1]).toEqual({
    kind: "align",
    policy: { run: "align" },
    discriminator: { run: "align" },
    data: "public",
  });
});

it("asks a curation for its teacher, and for no policy", () => {
  expect(newRun(root, recipe, "curate", catalog.kinds, registered)).toEqual([
    "curate",
    { kind: "curate", data: "public", teacher: { endpoint: { url: "", model: "" } } },
  ]);
});
