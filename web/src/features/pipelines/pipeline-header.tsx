import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { orderPipeline, type PipelineVerb } from "@/api/pipelines";
import { explain } from "@/api/problem";
import type { PipelineSnapshot } from "@/api/schema";
import { useAdministers } from "@/api/session";
import { keepPipeline } from "@/api/snapshots";
import { DeleteButton } from "@/components/delete-button";
import { ForkLink } from "@/components/fork-link";
import { Ago } from "@/components/moment";
import { isFinal, StateMark } from "@/components/run-state";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { useToast } from "@/components/ui/toast";
import { Clone } from "./clone";
import { ForkedFrom } from "./forked-from";

/** Which pipeline this is, how it stands, and the way to end it. */
export function PipelineHeader({ pipeline }: { pipeline: PipelineSnapshot }) {
  const cancelling =
    !isFinal(pipeline.state) &&
    pipeline.runs.every((run) => isFinal(run.state) || run.desired_state === "cancel");
  return (
    <header className="flex flex-wrap items-center gap-x-4 gap-y-2" data-testid="pipeline-header">
      <h1 className="min-w-0 text-title font-semibold break-words">
        {pipeline.name} <span className="tabular font-normal text-muted">#{pipeline.number}</span>
      </h1>
      <StateMark state={pipeline.state} word={cancelling ? "cancelling" : pipeline.state} />
      {pipeline.archived_at && <span className="text-muted">archived</span>}
      {pipeline.runs.length > 1 && (
        <span className="text-muted tabular-nums" data-testid="runs-done">
          {pipeline.runs.filter(({ state }) => state === "succeeded").length} of{" "}
          {pipeline.runs.length} runs done
        </span>
      )}
      <span className="text-muted">
        seed <span className="tabular">{pipeline.seed}</span>
      </span>
      <span className="text-muted">
        by {pipeline.created_by}, <Ago instant={pipeline.created_at} />
      </span>
      {pipeline.study_id && (
        <Link
          to="/studies/$studyId"
          params={{ studyId: pipeline.study_id }}
          className="text-accent hover:underline"
        >
          part of a study
        </Link>
      )}
      <span className="flex gap-2 sm:ml-auto">
        <ForkLink id={pipeline.id} label={`Fork ${pipeline.name} #${pipeline.number}`} />
        <Clone pipelineId={pipeline.id} />
        <Orders pipeline={pipeline} cancelling={cancelling} />
      </span>
      {pipeline.forked_from && <ForkedFrom fork={pipeline.forked_from} pipeline={pipeline} />}
    </header>
  );
}

function Orders({ pipeline, cancelling }: { pipeline: PipelineSnapshot; cancelling: boolean }) {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const administers = useAdministers(pipeline.project_id);
  const show = useToast();
  const order = useMutation({
    mutationFn: (verb: PipelineVerb) => orderPipeline(pipeline.id, verb),
    onSuccess: (fresh) => keepPipeline(queryClient, fresh),
    onError: (error) => {
      const { happened, remedy } = explain(error);
      show({ title: happened, detail: remedy, tone: "bad" });
    },
  });
  if (isFinal(pipeline.state)) {
    return (
      <>
        <Button
          variant="quiet"
          busy={order.isPending}
          onClick={() => order.mutate(pipeline.archived_at ? "unarchive" : "archive")}
          data-testid="archive-pipeline"
        >
          {pipeline.archived_at ? "Unarchive" : "Archive"}
        </Button>
        {administers && (
          <DeleteButton
            what={{ kind: "pipeline", id: pipeline.id }}
            name={`${pipeline.name} #${pipeline.number}`}
            onDeleted={() => void navigate({ to: "/runs" })}
          />
        )}
      </>
    );
  }
  return cancelling ? null : (
    <Confirm
      trigger={
        <Button variant="danger" busy={order.isPending} data-testid="cancel-pipeline">
          Cancel
        </Button>
      }
      title={`Cancel ${pipeline.name} #${pipeline.number}?`}
      description="Runs that go on now are ended within seconds, and runs that wait will not start. What was measured so far stays."
      action="Cancel pipeline"
      onConfirm={() => order.mutate("cancel")}
    />
  );
}
