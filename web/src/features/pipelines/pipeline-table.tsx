import { useInfiniteQuery } from "@tanstack/react-query";
import { useTable } from "@tanstack/react-table";
import { useMemo } from "react";
import { pipelinesQuery } from "@/api/pipelines";
import { DataTable } from "@/components/data-table";
import { Failure } from "@/components/failure";
import { MoreButton } from "@/components/more-button";
import { pipelineColumns, pipelineFeatures } from "./pipeline-columns";

export function PipelineTable() {
  const query = useInfiniteQuery(pipelinesQuery);
  const data = useMemo(() => query.data?.pages.flatMap((page) => page.data) ?? [], [query.data]);
  const table = useTable({
    features: pipelineFeatures,
    columns: pipelineColumns,
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
        label="Pipelines"
        empty={query.isPending ? "Loading …" : "No pipeline has been launched yet."}
      />
      <MoreButton query={query} />
    </>
  );
}
