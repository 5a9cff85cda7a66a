/** What the address says of the list of runs; what is left out is as usual. */
export interface ListSearch {
  filter?: string;
  sort?: string;
  columns?: string;
}

export const USUAL_SORT = "-created";
export const USUAL_METRICS = ["gap_perception", "gap_reasoning", "reward", "accuracy"];

/** The part of an address that is about the list. */
export function readListSearch(search: Record<string, unknown>): ListSearch {
  const text = (name: string) => {
    const value = search[name];
    return typeof value === "string" || typeof value === "number" ? { [name]: `${value}` } : {};
  };
  return { ...text("filter"), ...text("sort"), ...text("columns") };
}

/** The metrics that have a column. */
export function chosenMetrics({ columns }: ListSearch): string[] {
  return columns === undefined ? USUAL_METRICS : columns.split(",").filter(Boolean);
}

/** The search with a metric's column shown or hidden. */
export function withColumn(search: ListSearch, metric: string, shown: boolean): ListSearch {
  const others = chosenMetrics(search).filter((name) => name !== metric);
  const columns = (shown ? [...others, metric] : others).join(",");
  const { columns: _, ...rest } = search;
  return columns === USUAL_METRICS.join(",") ? rest : { ...rest, columns };
}

/** The order after a click on a column: the largest first, then the smallest, then as usual. */
export function nextSort(sort: string, field: string): string {
  if (sort === `-${field}`) {
    return field;
  }
  return sort === field && field !== "created" ? USUAL_SORT : `-${field}`;
}
