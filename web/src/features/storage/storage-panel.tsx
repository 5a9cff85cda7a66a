import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { StorageUse } from "@/api/schema";
import { storageQuery } from "@/api/storage";
import { Failure } from "@/components/failure";
import { PlainTable } from "@/components/plain-table";
import { Outline } from "@/components/ui/outline";
import { Panel, PanelHeading } from "@/components/ui/panel";
import { Progress } from "@/components/ui/progress";
import { formatCount, formatSize } from "@/format/numbers";
import { StorageQuotaForm } from "./storage-quota-form";

interface StoragePanelProps {
  projectId: string;
  /** Whether whoever looks says how much a project may have. */
  sets: boolean;
}

/** What a project has in the artifact store, of how much, and which runs have most of it. */
export function StoragePanel({ projectId, sets }: StoragePanelProps) {
  const { data, error, refetch } = useQuery(storageQuery(projectId));
  return (
    <Panel aria-label="Storage" data-testid="storage">
      <PanelHeading>Storage</PanelHeading>
      {error && !data && <Failure error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Outline className="mx-4 my-3 h-40" />}
      {data && (
        <>
          <div className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3 px-4 py-3">
            <Used use={data} />
            {sets && <StorageQuotaForm key={projectId} use={data} />}
          </div>
          <Kinds use={data} />
          <Largest use={data} />
        </>
      )}
    </Panel>
  );
}

function Used({ use: { artifact_bytes: used, max_artifact_bytes: most } }: { use: StorageUse }) {
  const isFull = most != null && used >= most;
  return (
    <div className="flex w-full max-w-96 flex-col gap-1.5">
      <p>
        <span className="tabular font-medium">{formatSize(used)}</span>{" "}
        {most == null ? "used, without a limit" : `of ${formatSize(most)} used`}
      </p>
      {most != null && <Progress value={used} of={most} label="Storage used" />}
      {isFull && (
        <p className="text-bad" role="alert">
          The quota is used up: nothing is launched until checkpoints are deleted or it is raised.
        </p>
      )}
    </div>
  );
}

const KINDS: Record<StorageUse["kinds"][number]["kind"], string> = {
  resumable: "Resumable checkpoints",
  exported: "Exported checkpoints",
  image: "Images",
};

function Kinds({ use: { kinds } }: { use: StorageUse }) {
  return (
    <PlainTable
      label="Storage by kind"
      columns={["What", "How many", "Room"]}
      empty="Nothing is stored yet."
      rows={kinds.map(({ kind, count, bytes }) => ({
        key: kind,
        cells: [
          KINDS[kind],
          <span key="count" className="tabular">
            {formatCount(count)}
          </span>,
          <span key="bytes" className="tabular">
            {formatSize(bytes)}
          </span>,
        ],
      }))}
    />
  );
}

function Largest({ use: { largest } }: { use: StorageUse }) {
  return (
    <div className="border-t border-line">
      <PlainTable
        label="Runs with most checkpoints"
        columns={["Largest runs", "Checkpoints", "Room"]}
        empty="No run has a checkpoint in the store."
        rows={largest.map(({ run_id, run, pipeline_id, pipeline, number, checkpoints, bytes }) => ({
          key: run_id,
          cells: [
            <Link
              key="run"
              to="/pipelines/$pipelineId"
              params={{ pipelineId: pipeline_id }}
              search={{ run, tab: "checkpoints" }}
              className="text-accent hover:underline"
            >
              {run} of {pipeline} #{number}
            </Link>,
            <span key="count" className="tabular">
              {formatCount(checkpoints)}
            </span>,
            <span key="bytes" className="tabular">
              {formatSize(bytes)}
            </span>,
          ],
        }))}
      />
    </div>
  );
}
