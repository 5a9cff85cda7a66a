import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { quotasQuery, setQuota } from "@/api/fleet";
import type { QuotaSnapshot } from "@/api/schema";
import { Failure } from "@/components/failure";
import { PlainTable } from "@/components/plain-table";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Panel, PanelHeading } from "@/components/ui/panel";
import { formatHeld, readQuota } from "./sums";

/** How much of the fleet each project may hold at a time, and how much it does. */
export function QuotasPanel({ operates }: { operates: boolean }) {
  const { data, error, refetch } = useQuery(quotasQuery);
  return (
    <Panel>
      <PanelHeading>Quotas</PanelHeading>
      {error && !data && <Failure error={error} onRetry={() => void refetch()} />}
      <PlainTable
        label="Quotas"
        columns={[
          "Project",
          "Running runs",
          "GPUs held",
          ...(operates ? ["At most, left empty for no limit"] : []),
        ]}
        empty={data && "You are in no project yet."}
        rows={(data ?? []).map((quota) => ({
          key: quota.project_id,
          cells: [
            quota.project,
            <span key="runs" className="tabular-nums">
              {formatHeld(quota.runs, quota.max_runs)}
            </span>,
            <span key="gpus" className="tabular-nums">
              {formatHeld(quota.gpus, quota.max_gpus)}
            </span>,
            ...(operates ? [<QuotaForm key="form" quota={quota} />] : []),
          ],
        }))}
      />
    </Panel>
  );
}

const typed = (quota: number | null | undefined) => (quota == null ? "" : String(quota));

function QuotaForm({ quota }: { quota: QuotaSnapshot }) {
  const queryClient = useQueryClient();
  // Taken once: asking again while somebody types must not undo what was typed.
  const [runs, setRuns] = useState(typed(quota.max_runs));
  const [gpus, setGpus] = useState(typed(quota.max_gpus));
  const wanted = { max_runs: readQuota(runs), max_gpus: readQuota(gpus) };
  const set = useMutation({
    mutationFn: () => setQuota(quota.project_id, wanted),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["fleet"] }),
  });
  const wrong = wanted.max_runs === undefined || wanted.max_gpus === undefined;
  const same = wanted.max_runs === quota.max_runs && wanted.max_gpus === quota.max_gpus;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    set.mutate();
  };
  return (
    <form onSubmit={submit} className="flex items-center gap-2">
      <Input
        aria-label={`Most running runs of ${quota.project}`}
        inputMode="numeric"
        className="h-6 w-16"
        placeholder="runs"
        aria-invalid={wanted.max_runs === undefined}
        value={runs}
        onChange={(event) => setRuns(event.target.value)}
      />
      <Input
        aria-label={`Most GPUs of ${quota.project}`}
        inputMode="numeric"
        className="h-6 w-16"
        placeholder="GPUs"
        aria-invalid={wanted.max_gpus === undefined}
        value={gpus}
        onChange={(event) => setGpus(event.target.value)}
      />
      <Button type="submit" size="small" disabled={wrong || same} busy={set.isPending}>
        Set
      </Button>
      {set.error && <span className="text-bad">Not set; try again.</span>}
    </form>
  );
}
