import { expect, it } from "vitest";
import { chosenMetrics, nextSort, readListSearch, USUAL_METRICS, withColumn } from "./list-search";

it("reads an address and leaves out what is no text", () => {
  expect(readListSearch({ filter: "tag:a", sort: 3, columns: ["x"], view: "runs" })).toEqual({
    filter: "tag:a",
    sort: "3",
  });
});

it("shows and hides columns, and keeps an address short where they are the usual ones", () => {
  expect(chosenMetrics({})).toEqual(USUAL_METRICS);
  const without = withColumn({ filter: "a" }, "accuracy", false);
  expect(without).toEqual({ filter: "a", columns: "gap_perception,gap_reasoning,reward" });
  expect(withColumn(without, "accuracy", true)).toEqual({ filter: "a" });
  expect(chosenMetrics({ columns: "" })).toEqual([]);
});

it("turns an order round at a second click and gives it up at a third", () => {
  expect(nextSort("-created", "metrics.loss")).toBe("-metrics.loss");
  expect(nextSort("-metrics.loss", "metrics.loss")).toBe("metrics.loss");
  expect(nextSort("metrics.loss", "metrics.loss")).toBe("-created");
  expect(nextSort("-created", "created")).toBe("created");
  expect(nextSort("created", "created")).toBe("-created");
});
