import { useInfiniteQuery } from "@tanstack/react-query";
import { useTable } from "@tanstack/react-table";
import { useMemo } from "react";
import { runsQuery } from "@/api/runs";
import { DataTable } from "@/components/data-table";
import { Failure } from "@/components/failure";
import { MoreButton } from "@/components/more-button";
import { runColumns, runFeatures } from "./run-columns";

export function RunTable() {
  const query = useInfiniteQuery(runsQuery);
  const data = useMemo(() => query.data?.pages.flatMap((page) => page.data) ?? [], [query.data]);
  const table = useTable({
    features: runFeatures,
    columns: runColumns,
    data,
    getRowId: ({ id }) => id,
  });
  if (query.error && data.length === 0) {
    return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  }
  return (
    <>
      <DataTable
        table={table}
        label="Runs"
        empty={query.isPending ? "Loading …" : "There are no runs yet."}
      />
      <MoreButton query={query} />
    </>
  );
}
