/** What the address says of the list of runs; what is left out is as usual. */
export interface ListSearch {
  filter?: string;
  sort?: string;
  /** Ids of columns, by commas. */
  columns?: string;
  /** The saved view that this began with. */
  saved?: string;
}

/** What a saved view keeps. */
interface View {
  filter: string;
  sort: string | null;
  columns: string[] | null;
}

export const USUAL_SORT = "-created";
export const USUAL_COLUMNS = [
  "pipeline",
  "state",
  "steps",
  "metrics.gap_perception",
  "metrics.gap_reasoning",
  "metrics.reward",
  "metrics.accuracy",
  "tags",
  "created",
  "took",
];

/** The part of an address that is about the list. */
export function readListSearch(search: Record<string, unknown>): ListSearch {
  const text = (name: string) => {
    const value = search[name];
    return typeof value === "string" || typeof value === "number" ? { [name]: `${value}` } : {};
  };
  return { ...text("filter"), ...text("sort"), ...text("columns"), ...text("saved") };
}

/** The columns that are shown, in their order. */
export function chosenColumns({ columns }: ListSearch): string[] {
  return columns === undefined ? USUAL_COLUMNS : columns.split(",").filter(Boolean);
}

/** The metrics that have a column, whose last values are to be asked for. */
export function chosenMetrics(search: ListSearch): string[] {
  return chosenColumns(search)
    .filter((id) => id.startsWith("metrics."))
    .map((id) => id.slice("metrics.".length));
}

/** The search with a column shown or hidden. */
export function withColumn(search: ListSearch, id: string, shown: boolean): ListSearch {
  const others = chosenColumns(search).filter((other) => other !== id);
  return withColumns(search, shown ? [...others, id] : others);
}

/** The search with a column moved one place to the left or to the right. */
export function withColumnMoved(search: ListSearch, id: string, by: -1 | 1): ListSearch {
  const columns = [...chosenColumns(search)];
  const place = columns.indexOf(id);
  const other = columns[place + by];
  if (place < 0 || other === undefined) {
    return search;
  }
  columns[place + by] = id;
  columns[place] = other;
  return withColumns(search, columns);
}

function withColumns(search: ListSearch, ids: readonly string[]): ListSearch {
  const { columns: _, ...rest } = search;
  const columns = ids.join(",");
  return columns === USUAL_COLUMNS.join(",") ? rest : { ...rest, columns };
}

/** The order after a click on a column: the largest first, then the smallest, then as usual. */
export function nextSort(sort: string, field: string): string {
  if (sort === `-${field}`) {
    return field;
  }
  return sort === field && field !== "created" ? USUAL_SORT : `-${field}`;
}

/** What a saved view shows, as an address says it. */
export function searchOf({ filter, sort, columns }: View, saved: string): ListSearch {
  return {
    saved,
    ...(filter && { filter }),
    ...(sort && sort !== USUAL_SORT && { sort }),
    ...(columns && columns.join(",") !== USUAL_COLUMNS.join(",") && { columns: columns.join(",") }),
  };
}

/** What is looked at, as a saved view keeps it. */
export function viewOf({ filter = "", sort, columns }: ListSearch): View {
  return {
    filter,
    sort: sort ?? null,
    columns: columns === undefined ? null : columns.split(",").filter(Boolean),
  };
}

/** Whether both show the same. */
export function isSame(one: ListSearch, other: ListSearch): boolean {
  const said = ({ filter = "", sort = USUAL_SORT, columns }: ListSearch) =>
    [filter, sort, columns ?? USUAL_COLUMNS.join(",")].join("\n");
  return said(one) === said(other);
}
