import { useInfiniteQuery } from "@tanstack/react-query";
import { useTable } from "@tanstack/react-table";
import { useMemo, useState } from "react";
import { pipelinesQuery } from "@/api/pipelines";
import { DataTable } from "@/components/data-table";
import { Failure } from "@/components/failure";
import { MoreButton } from "@/components/more-button";
import { pipelineColumns, pipelineFeatures } from "./pipeline-columns";

export function PipelineTable() {
  const [archived, setArchived] = useState(false);
  const query = useInfiniteQuery(pipelinesQuery(archived));
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
      <label className="flex w-fit items-center gap-2 pb-2 text-muted">
        <input
          type="checkbox"
          className="size-4 accent-(--accent-fill)"
          checked={archived}
          onChange={({ target }) => setArchived(target.checked)}
        />
        Archived pipelines
      </label>
      <DataTable
        table={table}
        label="Pipelines"
        empty={
          query.isPending
            ? undefined
            : archived
              ? "No pipeline is archived."
              : "No pipeline has been launched yet."
        }
      />
      <MoreButton query={query} />
    </>
  );
}
