import { getRouteApi, Link } from "@tanstack/react-router";
import { ChevronLeft } from "lucide-react";
import { DatasetView } from "@/features/datasets/dataset-view";

const route = getRouteApi("/signed-in/data/$datasetId");

export function DatasetPage() {
  const { datasetId } = route.useParams();
  return (
    <div className="flex flex-col gap-2">
      <Link
        to="/data"
        className="inline-flex items-center gap-1 self-start text-small text-muted hover:text-text"
      >
        <ChevronLeft aria-hidden className="size-3.5" /> Data
      </Link>
      <DatasetView datasetId={datasetId} />
    </div>
  );
}
