import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { explain } from "@/api/problem";
import { checkpointsQuery, orderRun, type Verb } from "@/api/runs";
import type { RunSnapshot } from "@/api/schema";
import { useAdministers } from "@/api/session";
import { keepRun } from "@/api/snapshots";
import { DeleteButton } from "@/components/delete-button";
import { ForkLink } from "@/components/fork-link";
import { isFinal } from "@/components/run-state";
import { TryLink } from "@/components/try-link";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Outline } from "@/components/ui/outline";
import { useToast } from "@/components/ui/toast";

interface OrdersProps {
  run: RunSnapshot;
  isBusy: boolean;
  give: (verb: Verb) => void;
}

/** What can be asked of a run in its present state. */
export function RunOrders({ run }: { run: RunSnapshot }) {
  const queryClient = useQueryClient();
  const show = useToast();
  const order = useMutation({
    mutationFn: (verb: Verb) => orderRun(run.id, verb),
    onSuccess: (fresh) => {
      keepRun(queryClient, fresh);
      // Other runs may have changed with it.
      void queryClient.invalidateQueries({ queryKey: ["pipelines", run.pipeline_id] });
    },
    onError: (error) => {
      const { happened, remedy } = explain(error);
      show({ title: happened, detail: remedy, tone: "bad" });
    },
  });
  const Orders = isFinal(run.state) ? EndedOrders : GoingOrders;
  return (
    <span className="flex flex-wrap gap-2 sm:ml-auto" data-testid="run-orders">
      <Try run={run} />
      <Orders run={run} isBusy={order.isPending} give={order.mutate} />
      {run.kind !== "imported" && <ForkLink id={run.id} label={`Fork the run ${run.name}`} />}
    </span>
  );
}

/** The way to ask the policy that the run ended with, or to where a question was asked. */
function Try({ run }: { run: RunSnapshot }) {
  const trains = run.kind === "sft" || run.kind === "align" || run.kind === "rlvr";
  const { data, isLoading } = useQuery({
    ...checkpointsQuery(run.id),
    enabled: trains && isFinal(run.state),
    refetchInterval: false,
  });
  const policy = data?.data.find(
    ({ kind, role, durable_at }) => kind === "exported" && role === "policy" && durable_at,
  );
  const asked = run.config.policy as { checkpoint?: string } | undefined;
  if (run.kind === "ask" && asked?.checkpoint) {
    return (
      <TryLink
        checkpointId={asked.checkpoint}
        question={run.pipeline_id}
        label={`where ${run.name} was asked`}
      />
    );
  }
  if (isLoading) {
    return <Outline what="its checkpoints" className="h-8 w-20" />;
  }
  return policy && <TryLink checkpointId={policy.id} label={`what ${run.name} ended with`} />;
}

function EndedOrders(props: OrdersProps) {
  const { run, isBusy, give } = props;
  const administers = useAdministers(run.project_id);
  const navigate = useNavigate();
  return (
    <>
      {run.kind !== "imported" && <AgainOrders {...props} />}
      <Button
        variant="quiet"
        busy={isBusy}
        onClick={() => give(run.archived_at ? "unarchive" : "archive")}
        data-testid="archive-run"
      >
        {run.archived_at ? "Unarchive" : "Archive"}
      </Button>
      {administers && (
        <DeleteButton
          what={{ kind: "run", id: run.id }}
          name={`${run.name} of ${run.pipeline_name} #${run.pipeline_number}`}
          onDeleted={() => void navigate({ to: "/runs" })}
        />
      )}
    </>
  );
}

function AgainOrders({ run, isBusy, give }: OrdersProps) {
  return (
    <>
      {(run.state === "failed" || run.state === "cancelled") && (
        <Button busy={isBusy} onClick={() => give("retry")} data-testid="retry-run">
          Retry
        </Button>
      )}
      {run.state === "stopped" && (
        <Button busy={isBusy} onClick={() => give("resume")} data-testid="resume-run">
          Resume
        </Button>
      )}
      {run.attempt > 0 && (
        <Confirm
          trigger={
            <Button busy={isBusy} data-testid="restart-run">
              Restart
            </Button>
          }
          title={`Execute ${run.name} again from its beginning?`}
          description="All that depends on it is executed again too; the runs before it are kept. What was measured stays under its attempt."
          action="Restart"
          onConfirm={() => give("restart")}
        />
      )}
    </>
  );
}

function GoingOrders({ run, isBusy, give }: OrdersProps) {
  const asked = run.desired_state !== "run";
  return (
    <>
      {run.state === "running" && (
        <Button busy={isBusy || asked} onClick={() => give("stop")} data-testid="stop-run">
          Stop and save
        </Button>
      )}
      <Confirm
        trigger={
          <Button
            variant="danger"
            busy={isBusy || run.desired_state === "cancel"}
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
    </>
  );
}
