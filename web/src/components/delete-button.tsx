import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { AlertDialog } from "radix-ui";
import { useState } from "react";
import { explain } from "@/api/problem";
import { type Deletable, deleteForGood, deletionQuery } from "@/api/retention";
import { DeletionFooter } from "@/components/deletion-footer";
import { Failure } from "@/components/failure";
import { RemovalTable } from "@/components/removal-table";
import { Button } from "@/components/ui/button";
import { useToast } from "@/components/ui/toast";

interface DeleteButtonProps {
  what: Deletable;
  name: string;
  onDeleted: () => void;
}

/** Deletes a run or a pipeline, once what would go was seen and agreed to. */
export function DeleteButton({ what, name, onDeleted }: DeleteButtonProps) {
  const [isOpen, setOpen] = useState(false);
  const queryClient = useQueryClient();
  const show = useToast();
  const deletion = useMutation({
    mutationFn: () => deleteForGood(what),
    onSuccess: () => {
      show({ title: `${name} was deleted`, tone: "good" });
      onDeleted();
      // With its last run a pipeline goes too.
      for (const lists of ["runs", "pipelines"]) {
        void queryClient.invalidateQueries({ queryKey: [lists] });
      }
    },
    onError: (error) => {
      const { happened, remedy } = explain(error);
      show({ title: happened, detail: remedy, tone: "bad" });
    },
  });
  return (
    <AlertDialog.Root open={isOpen} onOpenChange={setOpen}>
      <AlertDialog.Trigger asChild>
        <Button variant="danger" busy={deletion.isPending} data-testid={`delete-${what.kind}`}>
          Delete
        </Button>
      </AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="fixed inset-0 z-40 bg-[oklch(0_0_0/45%)]" />
        <AlertDialog.Content className="fixed top-1/3 left-1/2 z-50 w-[min(30rem,calc(100vw-2rem))] -translate-x-1/2 -translate-y-1/3 rounded-panel border border-line bg-raised p-5 shadow-float">
          <AlertDialog.Title className="text-lead font-semibold">Delete {name}?</AlertDialog.Title>
          <AlertDialog.Description className="mt-1.5 text-muted">
            Everything that was measured goes, and every file that only it used. There is no way
            back; archive it to have it out of sight.
          </AlertDialog.Description>
          {isOpen && <Plan what={what} onConfirm={() => deletion.mutate()} />}
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

function Plan({ what, onConfirm }: { what: Deletable; onConfirm: () => void }) {
  const { data: removal, error } = useQuery(deletionQuery(what));
  const refused = removal?.refused ?? [];
  return (
    <>
      <div className="mt-3 min-h-40">
        {error && <Failure error={error} />}
        {removal && refused.length === 0 && <RemovalTable removal={removal} />}
        {refused.length > 0 && (
          <div role="alert">
            <p className="font-medium text-bad">It cannot be deleted:</p>
            <ul className="mt-1 list-disc pl-5">
              {refused.map((reason) => (
                <li key={reason}>{reason}</li>
              ))}
            </ul>
          </div>
        )}
      </div>
      <DeletionFooter disabled={!removal || refused.length > 0} onConfirm={onConfirm}>
        Delete for good
      </DeletionFooter>
    </>
  );
}
