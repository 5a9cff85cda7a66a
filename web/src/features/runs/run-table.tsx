import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useTable } from "@tanstack/react-table";
import { useCallback, useMemo } from "react";
import { catalogQuery } from "@/api/catalog";
import { runsQuery } from "@/api/runs";
import { DataTable } from "@/components/data-table";
import { Failure } from "@/components/failure";
import { MoreButton } from "@/components/more-button";
import { ColumnMenu } from "./column-menu";
import { FilterBox } from "./filter-box";
import { chosenMetrics, type ListSearch, nextSort, USUAL_SORT, withColumn } from "./list-search";
import { runColumns, runFeatures } from "./run-columns";

interface RunTableProps {
  search: ListSearch;
  onSearch: (search: ListSearch) => void;
}

/** Runs of all pipelines; the server filters and orders them, and the address says how. */
export function RunTable({ search, onSearch }: RunTableProps) {
  const { filter = "", sort = USUAL_SORT } = search;
  const chosen = useMemo(() => chosenMetrics(search), [search]);
  const query = useInfiniteQuery(runsQuery({ filter, sort, metrics: chosen }));
  const { data: catalog } = useQuery(catalogQuery);
  const data = useMemo(() => query.data?.pages.flatMap((page) => page.data) ?? [], [query.data]);
  const onSort = useCallback(
    (field: string) => onSearch({ ...search, sort: nextSort(sort, field) }),
    [search, sort, onSearch],
  );
  const onFilter = useCallback(
    (text: string) => {
      const { filter: _, ...rest } = search;
      onSearch(text ? { ...rest, filter: text } : rest);
    },
    [search, onSearch],
  );
  const titles = useMemo(
    () => new Map(catalog?.metrics.map(({ name, title }) => [name, title])),
    [catalog],
  );
  const columns = useMemo(
    () => runColumns({ metrics: chosen, titles, sort, onSort }),
    [chosen, titles, sort, onSort],
  );
  const table = useTable({ features: runFeatures, columns, data, getRowId: ({ id }) => id });
  return (
    <>
      <div className="flex items-start gap-2 pb-2">
        <FilterBox filter={filter} error={query.error} onChange={onFilter} />
        <ColumnMenu
          metrics={catalog?.metrics ?? []}
          chosen={chosen}
          onChange={(metric, shown) => onSearch(withColumn(search, metric, shown))}
        />
      </div>
      {query.error && data.length === 0 ? (
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <>
          <DataTable
            table={table}
            label="Runs"
            empty={
              query.isPending
                ? "Loading …"
                : filter
                  ? "No run is like that."
                  : "There are no runs yet."
            }
          />
          <MoreButton query={query} />
        </>
      )}
    </>
  );
}
