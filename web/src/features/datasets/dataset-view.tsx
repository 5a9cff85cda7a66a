import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { datasetQuery, previewQuery } from "@/api/registry";
import { runQuery } from "@/api/runs";
import type { DatasetSnapshot } from "@/api/schema";
import { CopyButton } from "@/components/copy-button";
import { Failure } from "@/components/failure";
import { Ago } from "@/components/moment";
import { PreviewCard } from "@/components/preview-card";
import { Outline } from "@/components/ui/outline";
import { formatCount } from "@/format/numbers";
import { splitLine } from "./holdings";
import { ImportSummary } from "./import-summary";

/** What a data set holds, how its import went, and its first rows. */
export function DatasetView({ datasetId }: { datasetId: string }) {
  const { data: dataset, error, refetch } = useQuery(datasetQuery(datasetId));
  if (error && !dataset) {
    return <Failure error={error} onRetry={() => void refetch()} />;
  }
  if (!dataset) {
    return <Outline className="min-h-dvh" />;
  }
  return (
    <div className="flex flex-col gap-4" data-testid="dataset">
      <Header dataset={dataset} />
      <Holdings dataset={dataset} />
      {dataset.imported && <ImportSummary report={dataset.imported} />}
      <Preview dataset={dataset} />
    </div>
  );
}

function Header({ dataset }: { dataset: DatasetSnapshot }) {
  return (
    <header className="flex flex-wrap items-baseline gap-x-4 gap-y-1">
      <h1 className="text-title font-semibold">{dataset.name}</h1>
      <span className="tabular text-small break-all text-muted">{dataset.location}</span>
      <span className="text-muted">
        registered <Ago instant={dataset.created_at} />
      </span>
      {dataset.run_id && <Origin runId={dataset.run_id} />}
      <span className="ml-auto inline-flex items-center gap-1 text-small text-muted max-sm:hidden">
        <span className="tabular" title={`sha256 of rows and images: ${dataset.fingerprint}`}>
          {dataset.fingerprint.slice(0, 12)}
        </span>
        <CopyButton text={() => dataset.fingerprint} label="fingerprint" />
      </span>
    </header>
  );
}

/** The curation that made it; nothing where the reader may not see that run. */
function Origin({ runId }: { runId: string }) {
  const { data: run } = useQuery(runQuery(runId));
  return (
    run && (
      <Link
        to="/pipelines/$pipelineId"
        params={{ pipelineId: run.pipeline_id }}
        search={{ run: run.name }}
        className="text-muted hover:text-accent hover:underline"
        data-testid="origin"
      >
        curated by {run.name}
      </Link>
    )
  );
}

/** Four numbers that can be read from across the room. */
function Holdings({ dataset: { rows, images, demonstrations, answers, splits } }: ViewProps) {
  const share = (count: number) => {
    if (count === 0 || count === rows) {
      return count === 0 ? "no row" : "every row";
    }
    return `${((100 * count) / rows).toFixed(0)}% of rows`;
  };
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-panel border border-line bg-line lg:grid-cols-4">
      <Figure label="Rows" value={rows} note={splitLine(splits)} />
      <Figure label="Images" value={images} note="each decoded once" />
      <Figure
        label="Demonstrations"
        value={demonstrations}
        note={demonstrations != null && share(demonstrations)}
      />
      <Figure label="Gold answers" value={answers} note={answers != null && share(answers)} />
    </dl>
  );
}

interface ViewProps {
  dataset: DatasetSnapshot;
}

interface FigureProps {
  label: string;
  value: number | null;
  note: ReactNode;
}

function Figure({ label, value, note }: FigureProps) {
  return (
    <div className="flex flex-col bg-raised px-4 py-3">
      <dt className="text-small text-muted">{label}</dt>
      <dd className="text-figure tabular-nums">
        {value == null ? <span className="text-muted">not counted</span> : formatCount(value)}
      </dd>
      <dd className="min-h-4 text-small text-muted">{note}</dd>
    </div>
  );
}

function Preview({ dataset }: ViewProps) {
  const { data: rows, error, refetch } = useQuery(previewQuery(dataset.id));
  if (error && !rows) {
    return <Failure error={error} onRetry={() => void refetch()} />;
  }
  return (
    <section className="flex flex-col gap-2" aria-label="Preview">
      <h2 className="text-lead font-semibold">
        {rows && rows.length > 0 ? `The first ${rows.length} rows` : "The first rows"}
      </h2>
      {rows?.length === 0 && (
        <p className="text-muted">
          No rows were kept to be shown. Register the data set again under another name.
        </p>
      )}
      <div className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3 2xl:grid-cols-4">
        {rows?.map((row) => (
          <PreviewCard key={row.id} row={row} />
        ))}
      </div>
    </section>
  );
}
