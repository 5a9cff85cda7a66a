import { expect, it } from "vitest";
import { catalog, recipeSchema } from "@/testing/fake-catalog";
import { complete, settingPaths } from "./completion";

const vocabulary = {
  fields: catalog.search,
  metrics: catalog.metrics,
  settings: ["rlvr.algorithm", "sft.steps"],
  tags: ["paper", "best"],
};

/** The options at the `|`, and what the text becomes with the first of them. */
function at(marked: string) {
  const cursor = marked.indexOf("|");
  const text = marked.replace("|", "");
  const { from, to, options } = complete(text, cursor, vocabulary);
  const first = options[0]?.insert;
  return {
    labels: options.map(({ label }) => label),
    becomes: first === undefined ? text : text.slice(0, from) + first + text.slice(to),
  };
}

it("offers fields, metrics and settings where a condition begins", () => {
  expect(at("|").labels.slice(0, 3)).toEqual(["state", "kind", "steps"]);
  expect(at("sta|").becomes).toBe("state ");
  expect(at("state = failed and acc|").labels).toEqual(["metrics.accuracy_greedy"]);
  expect(at("(rlv|").labels).toEqual(["rlvr.algorithm"]);
  expect(at("not ta|").becomes).toBe("not tag:");
});

it("offers what a field is compared by, and the words it holds", () => {
  expect(at("state |").labels).toEqual(["=", "!=", "~", "in ("]);
  expect(at("metrics.gap_perception |").labels[0]).toBe(">");
  expect(at("created |").labels).toEqual([">", "<"]);
  expect(at("state = f|").becomes).toBe("state = failed ");
  expect(at("state in (failed, |").labels).toContain("queued");
  expect(at("state not in (|").labels).toContain("queued");
  expect(at("tag:|").labels).toEqual(["paper", "best"]);
  expect(at("pipeline = |").labels).toEqual([]);
});

it("goes on after a condition, and replaces the whole word that the cursor is in", () => {
  expect(at("state = failed |").labels.slice(0, 2)).toEqual(["and", "or"]);
  expect(at("sta|te = failed").becomes).toBe("state  = failed");
  expect(at('"a quoted text" |').labels.slice(0, 2)).toEqual(["and", "or"]);
});

it("knows the settings of every kind of run", () => {
  const paths = settingPaths(recipeSchema as Parameters<typeof settingPaths>[0]);
  expect(paths).toEqual(
    expect.arrayContaining(["rlvr.algorithm", "sft.optimizer.learning_rate", "align.steps"]),
  );
  expect(paths.length).toBe(new Set(paths).size);
});
