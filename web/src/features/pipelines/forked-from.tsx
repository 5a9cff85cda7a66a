import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { pipelineQuery } from "@/api/pipelines";
import type { Fork, PipelineSnapshot } from "@/api/schema";
import { ChangeTable } from "@/components/change-table";
import { Button } from "@/components/ui/button";
import { ScrollFrame } from "@/components/ui/scroll-frame";
import { counterparts } from "./counterparts";

/** What the pipeline repeats, in what it differs, and the way to what came of that. */
export function ForkedFrom({ fork, pipeline }: { fork: Fork; pipeline: PipelineSnapshot }) {
  return (
    <div className="flex basis-full flex-wrap items-start gap-x-4 gap-y-2">
      <Differences fork={fork} />
      {fork.pipeline !== null && <CompareLink fork={fork} pipeline={pipeline} />}
    </div>
  );
}

function CompareLink({ fork, pipeline }: { fork: Fork; pipeline: PipelineSnapshot }) {
  const { data: original } = useQuery(pipelineQuery(fork.pipeline_id));
  const runs = original ? counterparts(pipeline, original) : [];
  return runs.length > 0 ? (
    <Button asChild size="small">
      <Link to="/compare" search={{ runs: runs.map(({ id }) => id).join(",") }}>
        Compare with the original
      </Link>
    </Button>
  ) : null;
}

function Differences({ fork }: { fork: Fork }) {
  const { changes, step } = fork;
  const words = (
    <>
      forked from <Origin fork={fork} />
      {step != null && <span className="tabular-nums"> after step {step}</span>}
    </>
  );
  if (changes.length === 0) {
    return (
      <p className="text-muted" data-testid="forked-from">
        {words}, without a change
      </p>
    );
  }
  return (
    <details data-testid="forked-from">
      <summary className="w-fit cursor-pointer text-muted">
        {words}: {changes.length === 1 ? "1 difference" : `${changes.length} differences`}
      </summary>
      <ScrollFrame
        aria-label="Differences to what it was forked from"
        className="mt-2 rounded-panel border border-line bg-raised"
      >
        <ChangeTable changes={changes} />
      </ScrollFrame>
    </details>
  );
}

function Origin({ fork }: { fork: Fork }) {
  if (fork.pipeline === null) {
    return <span title={fork.pipeline_id}>a pipeline that was deleted</span>;
  }
  return (
    <Link
      to="/pipelines/$pipelineId"
      params={{ pipelineId: fork.pipeline_id }}
      search={fork.run ? { run: fork.run } : {}}
      className="text-accent hover:underline"
    >
      {fork.run && `${fork.run} of `}
      {fork.pipeline} <span className="tabular">#{fork.number}</span>
    </Link>
  );
}
