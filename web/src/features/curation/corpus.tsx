import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { corpusQuery } from "@/api/runs";
import type { CuratedDatasetSnapshot, RunSnapshot } from "@/api/schema";

/** The data sets that a curation ended in, and what keeps one from being used. */
export function Corpus({ run }: { run: RunSnapshot }) {
  const { data: datasets = [] } = useQuery(corpusQuery(run));
  if (datasets.length === 0) {
    return null;
  }
  return (
    <ul aria-label="Data sets of the curation" className="flex flex-col gap-1" data-testid="corpus">
      {datasets.map((dataset) => (
        <li key={dataset.part} className="flex flex-wrap items-baseline gap-x-3">
          <Name dataset={dataset} />
          <span className="tabular text-small break-all text-muted">{dataset.location}</span>
          {dataset.problem && (
            <span className="text-small text-warn">
              not registered: {dataset.problem} It lies on {dataset.host}.
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

function Name({ dataset: { dataset_id, name } }: { dataset: CuratedDatasetSnapshot }) {
  if (dataset_id === null) {
    return <span className="font-medium">{name}</span>;
  }
  return (
    <Link
      to="/data/$datasetId"
      params={{ datasetId: dataset_id }}
      className="font-medium hover:text-accent hover:underline"
    >
      {name}
    </Link>
  );
}
