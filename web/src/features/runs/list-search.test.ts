import { expect, it } from "vitest";
import {
  chosenColumns,
  chosenMetrics,
  isSame,
  nextSort,
  readListSearch,
  searchOf,
  USUAL_COLUMNS,
  viewOf,
  withColumn,
  withColumnMoved,
} from "./list-search";

it("reads an address and leaves out what is no text", () => {
  const read = readListSearch({ filter: "tag:a", sort: 3, columns: ["x"], saved: "viw_1", a: "b" });
  expect(read).toEqual({ filter: "tag:a", sort: "3", saved: "viw_1" });
});

it("shows, hides and moves columns, and keeps an address short where they are the usual ones", () => {
  expect(chosenColumns({})).toEqual(USUAL_COLUMNS);
  const two = { filter: "a", columns: "state,metrics.loss" };
  expect(withColumn(two, "tags", true).columns).toBe("state,metrics.loss,tags");
  expect(withColumn(two, "state", false).columns).toBe("metrics.loss");
  expect(withColumnMoved(two, "state", 1).columns).toBe("metrics.loss,state");
  expect(withColumnMoved(two, "state", -1)).toEqual(two);
  expect(chosenMetrics(two)).toEqual(["loss"]);
  expect(chosenColumns({ columns: "" })).toEqual([]);
  const without = withColumn({ filter: "a" }, "took", false);
  expect(withColumn(without, "took", true)).toEqual({ filter: "a" });
});

it("turns an order round at a second click and gives it up at a third", () => {
  expect(nextSort("-created", "metrics.loss")).toBe("-metrics.loss");
  expect(nextSort("-metrics.loss", "metrics.loss")).toBe("metrics.loss");
  expect(nextSort("metrics.loss", "metrics.loss")).toBe("-created");
  expect(nextSort("-created", "created")).toBe("created");
  expect(nextSort("created", "created")).toBe("-created");
});

it("goes from an address to a saved view and back", () => {
  const search = { filter: "tag:a", sort: "-metrics.loss", columns: "state" };
  const view = { filter: "tag:a", sort: "-metrics.loss", columns: ["state"] };
  expect(viewOf(search)).toEqual(view);
  expect(searchOf(view, "viw_1")).toEqual({ ...search, saved: "viw_1" });
  expect(viewOf({})).toEqual({ filter: "", sort: null, columns: null });
  expect(isSame(searchOf(view, "viw_1"), search)).toBe(true);
  expect(isSame({ sort: "-created", columns: USUAL_COLUMNS.join(",") }, {})).toBe(true);
  expect(isSame({ filter: "a" }, {})).toBe(false);
});
