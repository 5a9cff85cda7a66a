import { expect, it } from "vitest";
import type { Lineage } from "@/api/schema";
import { layOutLineage } from "./lineage-layout";

function graph(...pairs: [string, string][]): Lineage {
  const ids = [...new Set(pairs.flat())];
  return {
    run_id: ids[0] ?? "",
    nodes: ids.map((id) => ({
      id,
      name: id,
      kind: "run",
      run_kind: null,
      state: null,
      step: null,
      pipeline_id: null,
      pipeline: null,
      number: null,
    })),
    edges: pairs.map(([source, target]) => ({ source, target, role: "policy" })),
    complete: true,
  };
}

it("puts what is used left of who uses it", () => {
  const spots = layOutLineage(
    graph(["data", "sft"], ["sft", "saved"], ["saved", "rlvr"], ["data", "rlvr"]),
  );
  expect(["data", "sft", "saved", "rlvr"].map((id) => spots.get(id)?.column)).toEqual([0, 1, 2, 3]);
});

it("keeps a line that passes a column from running behind a card", () => {
  const spots = layOutLineage(graph(["saved", "rlvr"], ["saved", "forked"], ["rlvr", "forked"]));
  expect(spots.get("rlvr")).toEqual({ column: 1, row: 0 });
  expect(spots.get("forked")).toEqual({ column: 2, row: 1 });
});

it("comes to an end where the lines form a circle", () => {
  const spots = layOutLineage(graph(["a", "b"], ["b", "a"]));
  expect(spots.size).toBe(2);
});
