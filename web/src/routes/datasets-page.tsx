import { DatasetList } from "@/features/datasets/dataset-list";

export function DatasetsPage() {
  return (
    <div className="flex flex-col gap-3">
      <header>
        <h1 className="text-title font-semibold">Data</h1>
        <p className="max-w-[72ch] text-muted">
          Data sets that recipes can name. Every row was read and every image decoded when they were
          registered.
        </p>
      </header>
      <DatasetList />
    </div>
  );
}
