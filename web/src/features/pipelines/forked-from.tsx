import { Link } from "@tanstack/react-router";
import type { Fork } from "@/api/schema";
import { ChangeTable } from "@/components/change-table";
import { ScrollFrame } from "@/components/ui/scroll-frame";

/** What the pipeline repeats, and in what it differs. */
export function ForkedFrom({ fork }: { fork: Fork }) {
  const { changes, step } = fork;
  const words = (
    <>
      forked from <Origin fork={fork} />
      {step != null && <span className="tabular-nums"> after step {step}</span>}
    </>
  );
  if (changes.length === 0) {
    return (
      <p className="basis-full text-muted" data-testid="forked-from">
        {words}, without a change
      </p>
    );
  }
  return (
    <details className="basis-full" data-testid="forked-from">
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
