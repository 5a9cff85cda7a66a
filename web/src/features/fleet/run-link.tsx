import { Link } from "@tanstack/react-router";

interface RunLinkProps {
  run: { run_id: string; run: string; pipeline_id: string; pipeline: string; number: number };
}

/** A run by the name of its pipeline, its number and its own name. */
export function RunLink({ run }: RunLinkProps) {
  return (
    <Link
      to="/pipelines/$pipelineId"
      params={{ pipelineId: run.pipeline_id }}
      search={{ run: run.run }}
      className="font-medium hover:text-accent hover:underline"
    >
      {run.pipeline} <span className="tabular text-muted">#{run.number}</span> {run.run}
    </Link>
  );
}
