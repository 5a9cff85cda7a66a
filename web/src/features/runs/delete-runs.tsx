import { useQuery } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { AlertDialog } from "radix-ui";
import { useState } from "react";
import { chosenDeletionQuery } from "@/api/retention";
import type { RunSnapshot } from "@/api/schema";
import { DeletionFooter } from "@/components/deletion-footer";
import { Failure } from "@/components/failure";
import { RemovalTable } from "@/components/removal-table";
import { Button } from "@/components/ui/button";
import { RefusedRuns } from "./refused-runs";

interface DeleteRunsProps {
  runs: readonly RunSnapshot[];
  busy: boolean;
  /** Called with those that can go, what started from another before it. */
  onDelete: (runs: RunSnapshot[]) => void;
}

/** Deletes the chosen runs, once what would go and what would stay was seen and agreed to. */
export function DeleteRuns({ runs, busy, onDelete }: DeleteRunsProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <AlertDialog.Root open={isOpen} onOpenChange={setOpen}>
      <AlertDialog.Trigger asChild>
        <Button variant="danger" busy={busy} data-testid="delete-runs">
          <Trash2 aria-hidden /> Delete
        </Button>
      </AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="fixed inset-0 z-40 bg-[oklch(0_0_0/45%)]" />
        <AlertDialog.Content className="fixed top-[12vh] left-1/2 z-50 flex max-h-[76vh] w-[min(34rem,calc(100vw-2rem))] -translate-x-1/2 flex-col rounded-panel border border-line bg-raised p-5 shadow-float">
          <AlertDialog.Title className="text-lead font-semibold">
            Delete {runs.length === 1 ? "the chosen run" : `the ${runs.length} chosen runs`}?
          </AlertDialog.Title>
          <AlertDialog.Description className="mt-1.5 text-muted">
            Everything that was measured goes, and every file that only they used. There is no way
            back; archive them to have them out of sight.
          </AlertDialog.Description>
          {isOpen && <Plan runs={runs} onDelete={onDelete} />}
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

function Plan({ runs, onDelete }: Omit<DeleteRunsProps, "busy">) {
  const { data: plan, error } = useQuery(chosenDeletionQuery(runs.map(({ id }) => id)));
  const byId = new Map(runs.map((run) => [run.id, run]));
  const going = plan?.order.flatMap((id) => byId.get(id) ?? []) ?? [];
  const refused = plan?.refused.flatMap(({ run_id, reasons }) => {
    const run = byId.get(run_id);
    return run ? { run, why: `${reasons.join("; ")}.` } : [];
  });
  return (
    <>
      <div className="mt-3 flex min-h-44 flex-col gap-3 overflow-y-auto">
        {error && <Failure error={error} />}
        {!plan && !error && <p className="text-muted">Looking what would go …</p>}
        {plan && going.length > 0 && <RemovalTable removal={plan.removal} />}
        {refused && refused.length > 0 && (
          <div role="alert" className="flex flex-col gap-1.5">
            <p className="font-medium text-bad">
              {going.length === 0
                ? "None of them can be deleted:"
                : `${refused.length} of them cannot be deleted and ${refused.length === 1 ? "stays" : "stay"}:`}
            </p>
            <RefusedRuns refused={refused} />
          </div>
        )}
      </div>
      <DeletionFooter disabled={going.length === 0} onConfirm={() => onDelete(going)}>
        Delete {going.length === 1 ? "1 run" : `${going.length} runs`} for good
      </DeletionFooter>
    </>
  );
}
