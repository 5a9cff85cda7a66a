import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { previewQuery } from "@/api/registry";
import type { DatasetSnapshot } from "@/api/schema";
import { Failure } from "@/components/failure";
import { PreviewCard } from "@/components/preview-card";
import { Outline } from "@/components/ui/outline";
import { Panel, PanelHeading } from "@/components/ui/panel";
import { formatCount } from "@/format/numbers";
import { runsOf } from "./new-run";
import { isObject, type RecipeObject } from "./recipe-text";

/** So many rows tell what a data set is like; its page shows more. */
const MOST_ROWS = 3;

interface DataPreviewProps {
  recipe: RecipeObject;
  datasets: readonly DatasetSnapshot[];
}

/** The data sets that a recipe reads, each with its first rows as a policy would meet them. */
export function DataPreview({ recipe, datasets }: DataPreviewProps) {
  const names = new Set(Object.values(runsOf(recipe)).flatMap(dataOf));
  const read = datasets.filter(({ name }) => names.has(name));
  return read.length === 0 ? null : (
    <Panel data-testid="data-preview">
      <PanelHeading>Data that is read</PanelHeading>
      {read.map((dataset) => (
        <OneSet key={dataset.id} dataset={dataset} />
      ))}
    </Panel>
  );
}

/** The names of the data sets of a run: its own, those mixed in, those of its benchmarks. */
function dataOf({ data, mixed_with, benchmarks }: RecipeObject): unknown[] {
  return [
    data,
    ...(isObject(mixed_with) ? Object.keys(mixed_with) : []),
    ...(isObject(benchmarks) ? Object.values(benchmarks) : []),
  ];
}

function OneSet({ dataset }: { dataset: DatasetSnapshot }) {
  const [open, setOpen] = useState(false);
  return (
    <details
      className="border-b border-line last:border-0"
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
    >
      <summary className="cursor-pointer px-4 py-2 hover:bg-sunken">
        <span className="font-medium">{dataset.name}</span>{" "}
        <span className="text-muted tabular-nums">
          {dataset.rows === 1 ? "1 row" : `${formatCount(dataset.rows)} rows`}
        </span>
      </summary>
      {open && <FirstRows dataset={dataset} />}
    </details>
  );
}

function FirstRows({ dataset }: { dataset: DatasetSnapshot }) {
  const { data: rows, error, refetch } = useQuery(previewQuery(dataset.id));
  if (error && !rows) {
    return <Failure error={error} onRetry={() => void refetch()} />;
  }
  return (
    <div className="flex flex-col gap-2 px-4 pt-1 pb-4">
      {rows ? (
        <div className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3">
          {rows.slice(0, MOST_ROWS).map((row) => (
            <PreviewCard key={row.id} row={row} />
          ))}
        </div>
      ) : (
        <Outline what="the first rows" className="h-64" />
      )}
      <Link
        to="/data/$datasetId"
        params={{ datasetId: dataset.id }}
        className="self-start text-accent hover:underline"
      >
        More of {dataset.name}
      </Link>
    </div>
  );
}
