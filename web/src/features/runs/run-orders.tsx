import { useMutation, useQueryClient } from "@tanstack/react-query";
import { explain } from "@/api/problem";
import { orderRun, type Verb } from "@/api/runs";
import type { RunSnapshot } from "@/api/schema";
import { keepRun } from "@/api/snapshots";
import { ForkLink } from "@/components/fork-link";
import { isFinal } from "@/components/run-state";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { useToast } from "@/components/ui/toast";

/** What can be asked of a run in its present state. */
export function RunOrders({ run }: { run: RunSnapshot }) {
  const queryClient = useQueryClient();
  const show = useToast();
  const order = useMutation({
    mutationFn: (verb: Verb) => orderRun(run.id, verb),
    onSuccess: (fresh) => keepRun(queryClient, fresh),
    onError: (error) => {
      const { happened, remedy } = explain(error);
      show({ title: happened, detail: remedy, tone: "bad" });
    },
  });
  const give = (verb: Verb) => order.mutate(verb);
  const asked = run.desired_state !== "run";
  const fork = <ForkLink id={run.id} label={`Fork the run ${run.name}`} />;
  if (isFinal(run.state)) {
    return (
      <span className="flex gap-2 sm:ml-auto">
        {run.state !== "succeeded" && (
          <Button disabled={order.isPending} onClick={() => give("retry")} data-testid="retry-run">
            Retry
          </Button>
        )}
        {fork}
      </span>
    );
  }
  return (
    <span className="flex gap-2 sm:ml-auto">
      {fork}
      {run.state === "running" && (
        <Button
          disabled={order.isPending || asked}
          onClick={() => give("stop")}
          data-testid="stop-run"
        >
          Stop and save
        </Button>
      )}
      <Confirm
        trigger={
          <Button
            variant="danger"
            disabled={order.isPending || run.desired_state === "cancel"}
            data-testid="cancel-run"
          >
            Cancel run
          </Button>
        }
        title={`Cancel the run ${run.name}?`}
        description="It ends within seconds, and runs that wait for its checkpoint are cancelled too. What was measured so far stays."
        action="Cancel run"
        onConfirm={() => give("cancel")}
      />
    </span>
  );
}
