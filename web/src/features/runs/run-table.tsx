import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { catalogQuery } from "@/api/catalog";
import type { RunSnapshot } from "@/api/schema";
import { Failure } from "@/components/failure";
import { Outline } from "@/components/ui/outline";
import { BulkReport } from "./bulk-report";
import { ColumnMenu } from "./column-menu";
import { FilterBox } from "./filter-box";
import {
  chosenColumns,
  chosenMetrics,
  type ListSearch,
  nextSort,
  USUAL_SORT,
  withColumn,
  withColumnMoved,
} from "./list-search";
import { allColumns } from "./run-columns";
import { RunGrid } from "./run-grid";
import { useSelection } from "./selection";
import { SelectionBar } from "./selection-bar";
import { useBulk } from "./use-bulk";
import { useRuns } from "./use-runs";

interface RunTableProps {
  search: ListSearch;
  onSearch: (search: ListSearch) => void;
  onCompare: (ids: string[]) => void;
}

/** Runs of all pipelines; the server filters and orders them, and the address says how. */
export function RunTable({ search, onSearch, onCompare }: RunTableProps) {
  const { filter = "", sort = USUAL_SORT } = search;
  const chosen = useMemo(() => chosenColumns(search), [search]);
  const [inSight, setInSight] = useState<readonly RunSnapshot[]>([]);
  const query = useRuns({ filter, sort, metrics: chosenMetrics(search) }, inSight);
  const selection = useSelection(query.runs);
  const bulk = useBulk();
  const { data: catalog } = useQuery(catalogQuery);
  const columns = useMemo(() => allColumns(catalog?.metrics ?? []), [catalog]);
  const shown = chosen.flatMap((id) => columns.filter((column) => column.id === id));
  const onFilter = useCallback(
    (text: string) => {
      const { filter: _, ...rest } = search;
      onSearch(text ? { ...rest, filter: text } : rest);
    },
    [search, onSearch],
  );
  const { fetchNextPage, isFetchingNextPage } = query;
  const onMore = useCallback(() => {
    if (!isFetchingNextPage) {
      void fetchNextPage();
    }
  }, [fetchNextPage, isFetchingNextPage]);
  return (
    <div className="relative">
      <div className="flex items-start gap-2 pb-2">
        <FilterBox filter={filter} error={query.error} onChange={onFilter} />
        <ColumnMenu
          columns={columns}
          chosen={chosen}
          onChange={(id, isShown) => onSearch(withColumn(search, id, isShown))}
          onMove={(id, by) => onSearch(withColumnMoved(search, id, by))}
        />
      </div>
      {query.error && query.runs.length === 0 ? (
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      ) : !catalog ? (
        // How wide the columns are is known with the metrics.
        <Outline className="h-[calc(100dvh-12.5rem)] min-h-64" />
      ) : (
        <RunGrid
          runs={query.runs}
          columns={shown}
          selection={selection}
          sort={sort}
          onSort={(field) => onSearch({ ...search, sort: nextSort(sort, field) })}
          hasMore={query.hasNextPage}
          onMore={onMore}
          onSight={setInSight}
          empty={query.isPending ? <Outline className="m-2 h-64" /> : emptyWords(filter)}
        />
      )}
      {selection.runs.length > 0 && (
        <SelectionBar
          runs={selection.runs}
          columns={shown}
          onCompare={onCompare}
          onClear={() => selection.setAll(false)}
          onDeed={(runs, deed) => bulk.mutate({ runs, deed })}
          busy={bulk.isPending ? `${bulk.answered} of ${bulk.variables.runs.length}` : undefined}
          onGone={selection.forget}
        />
      )}
      <BulkReport result={bulk.data} onClose={bulk.reset} />
    </div>
  );
}

function emptyWords(filter: string): string {
  return filter
    ? "No run is like that. Take a condition out of the filter above."
    : "There are no runs yet. Launch a pipeline; each of its stages is a run.";
}
