import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { archiveAddress, demoteCheckpoint, promoteCheckpoint } from "@/api/checkpoints";
import { explain } from "@/api/problem";
import { deleteCheckpoint } from "@/api/retention";
import { checkpointsQuery } from "@/api/runs";
import type { CheckpointSnapshot, RunSnapshot } from "@/api/schema";
import { useAdministers } from "@/api/session";
import { Failure } from "@/components/failure";
import { Ago } from "@/components/moment";
import { TryLink } from "@/components/try-link";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Outline } from "@/components/ui/outline";
import { ScrollFrame } from "@/components/ui/scroll-frame";
import { useToast } from "@/components/ui/toast";
import { formatSize } from "@/format/numbers";
import { CheckpointNames } from "./checkpoint-names";

const COLUMNS = ["Step", "Kind", "Role", "Size", "Attempt", "Durable", "Names", "Id", "Files"];

/** What the run saved, whether it is safe yet, and what can be done with it. */
export function RunCheckpoints({ run }: { run: RunSnapshot }) {
  const { data, error, isPending, refetch } = useQuery(checkpointsQuery(run.id));
  if (error && !data) {
    return <Failure error={error} onRetry={() => void refetch()} />;
  }
  if (!data || data.data.length === 0) {
    return isPending ? (
      <Outline className="h-64" />
    ) : (
      <p className="py-8 text-muted">No checkpoint was saved yet.</p>
    );
  }
  return (
    <ScrollFrame aria-label="Checkpoints">
      <table className="w-full text-left" data-testid="checkpoints">
        <thead>
          <tr className="border-b border-line text-small text-muted">
            {COLUMNS.map((title) => (
              <th key={title} scope="col" className="h-8 px-3 font-medium">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {data.data.map((checkpoint) => (
            <Row key={checkpoint.id} checkpoint={checkpoint} projectId={run.project_id} />
          ))}
        </tbody>
      </table>
    </ScrollFrame>
  );
}

function Row({ checkpoint, projectId }: { checkpoint: CheckpointSnapshot; projectId: string }) {
  const rename = useNames(checkpoint, projectId);
  const administers = useAdministers(projectId);
  return (
    <tr className="border-b border-line last:border-0">
      <td className="tabular h-8 px-3">{checkpoint.step}</td>
      <td className="px-3">{checkpoint.kind}</td>
      <td className="px-3">{checkpoint.role}</td>
      <td className="tabular px-3 whitespace-nowrap">{formatSize(checkpoint.size)}</td>
      <td className="tabular px-3">{checkpoint.attempt}</td>
      <td className="px-3 whitespace-nowrap">
        <Durable checkpoint={checkpoint} />
      </td>
      <td className="px-3">
        <CheckpointNames
          names={checkpoint.names}
          isDurable={Boolean(checkpoint.durable_at)}
          isBusy={rename.isPending}
          onPromote={(name) => rename.mutate({ name, has: true })}
          onDemote={(name) => rename.mutate({ name, has: false })}
        />
      </td>
      <td className="tabular px-3 text-small text-muted" title={checkpoint.location ?? undefined}>
        {checkpoint.id}
      </td>
      <td className="px-3">
        {checkpoint.durable_at && (
          <span className="flex gap-1.5">
            {checkpoint.kind === "exported" && checkpoint.role === "policy" && (
              <TryLink
                checkpointId={checkpoint.id}
                label={`the policy of step ${checkpoint.step}`}
                size="small"
              />
            )}
            <Button asChild size="small">
              <a href={archiveAddress(checkpoint.id)} download>
                <Download aria-hidden />
                Download
                <span className="sr-only"> step {checkpoint.step}</span>
              </a>
            </Button>
            {administers && <Delete checkpoint={checkpoint} />}
          </span>
        )}
      </td>
    </tr>
  );
}

function Durable({ checkpoint }: { checkpoint: CheckpointSnapshot }) {
  if (checkpoint.deleted_at) {
    return (
      <span className="text-muted">
        deleted <Ago instant={checkpoint.deleted_at} />
      </span>
    );
  }
  return checkpoint.durable_at ? (
    <Ago instant={checkpoint.durable_at} />
  ) : (
    <span className="text-warn">not yet</span>
  );
}

function Delete({ checkpoint }: { checkpoint: CheckpointSnapshot }) {
  const queryClient = useQueryClient();
  const show = useToast();
  const deletion = useMutation({
    mutationFn: () => deleteCheckpoint(checkpoint.id),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["runs"] }),
    onError: (error) => {
      const { happened, remedy } = explain(error);
      show({ title: happened, detail: remedy, tone: "bad" });
    },
  });
  return (
    <Confirm
      trigger={
        <Button size="small" variant="danger" busy={deletion.isPending}>
          Delete
        </Button>
      }
      title={`Delete the checkpoint of step ${checkpoint.step}?`}
      description={`Its files go, which gives back ${formatSize(checkpoint.size)}. That it was saved stays known.`}
      action="Delete it"
      onConfirm={() => deletion.mutate()}
    />
  );
}

function useNames(checkpoint: CheckpointSnapshot, projectId: string) {
  const queryClient = useQueryClient();
  const show = useToast();
  return useMutation({
    mutationFn: async ({ name, has }: { name: string; has: boolean }) => {
      if (has) {
        await promoteCheckpoint(projectId, name, checkpoint.id);
      } else {
        await demoteCheckpoint(projectId, name);
      }
    },
    // The name may have been taken from another run's checkpoint.
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["runs"] }),
    onError: (error) => {
      const { happened, remedy } = explain(error);
      show({ title: happened, detail: remedy, tone: "bad" });
    },
  });
}
