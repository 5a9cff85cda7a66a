import { useQuery } from "@tanstack/react-query";
import { useTable } from "@tanstack/react-table";
import { datasetsQuery } from "@/api/registry";
import type { DatasetSnapshot } from "@/api/schema";
import { DataTable } from "@/components/data-table";
import { Failure } from "@/components/failure";
import { datasetColumns, datasetFeatures } from "./dataset-columns";

const NONE: DatasetSnapshot[] = [];

/** Every registered data set, newest first. */
export function DatasetList() {
  const { data, error, isPending, refetch } = useQuery(datasetsQuery);
  const table = useTable({
    features: datasetFeatures,
    columns: datasetColumns,
    data: data?.data ?? NONE,
    getRowId: ({ id }) => id,
  });
  if (error && !data) {
    return <Failure error={error} onRetry={() => void refetch()} />;
  }
  return (
    <DataTable
      table={table}
      label="Data sets"
      empty={
        isPending
          ? undefined
          : "No data set is registered. Take one in with `prism data import`, then `prism data register`."
      }
    />
  );
}
