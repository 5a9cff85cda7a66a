import { DatasetList } from "@/features/datasets/dataset-list";

export function DatasetsPage() {
  return (
    <div className="flex flex-col gap-3">
      <h1 className="text-title font-semibold">Data</h1>
      <DatasetList />
    </div>
  );
}
