import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTopics } from "@/api/live";
import { recentPipelinesQuery } from "@/api/pipelines";
import { resultsQuery } from "@/api/results";
import type { PipelineSnapshot, Results, RunSnapshot } from "@/api/schema";
import { Failure } from "@/components/failure";
import { isFinal } from "@/components/run-state";
import { Button } from "@/components/ui/button";
import { Panel, PanelHeading } from "@/components/ui/panel";
import { ResultsView } from "@/features/results/results-view";
import { rowsOfPipeline } from "@/features/results/rows";
import { RunLine } from "@/features/runs/run-line";

interface Line {
  pipeline: PipelineSnapshot;
  run: RunSnapshot;
}

/** A pipeline of the tables has dozens of runs that wait; the next few are what matters. */
const MOST_LINES = 5;

/** What runs now, what waits and why, what failed, and the newest results. */
export function HomePage() {
  const { data, error, refetch } = useQuery(recentPipelinesQuery);
  const { data: results } = useQuery(resultsQuery());
  const pipelines = data?.data ?? [];
  useTopics(pipelines.filter(({ state }) => !isFinal(state)).map(({ id }) => `pipeline:${id}`));
  if (error && !data) {
    return <Failure error={error} onRetry={() => void refetch()} />;
  }
  if (!data) {
    return <p className="text-muted">Loading …</p>;
  }
  if (pipelines.length === 0) {
    return <FirstLaunch />;
  }
  const newest = newestResults(pipelines, results);
  const lines = pipelines.flatMap((pipeline) => pipeline.runs.map((run) => ({ pipeline, run })));
  const among = (...states: RunSnapshot["state"][]) =>
    lines.filter(({ run }) => states.includes(run.state));
  return (
    <div className="flex flex-col gap-4">
      <h1 className="sr-only">Home</h1>
      <Lines
        title="Running now"
        lines={among("running", "claimed")}
        empty="Nothing runs now."
        testId="running"
      />
      <Lines title="Waiting" lines={[...among("queued"), ...among("blocked")]} testId="waiting" />
      <Lines title="Failed" lines={among("failed").slice(0, 5)} testId="failed" />
      {newest && (
        <section className="flex flex-col gap-2">
          <h2 className="text-lead font-semibold">Newest results</h2>
          <ResultsView {...newest} short empty="" />
        </section>
      )}
    </div>
  );
}

/** The results of the newest pipeline that has any. */
function newestResults(pipelines: PipelineSnapshot[], results: Results | undefined) {
  const newest = pipelines.find(({ id }) => results?.arms.some((arm) => arm.pipeline_id === id));
  const arms = results?.arms.filter(({ pipeline_id }) => pipeline_id === newest?.id) ?? [];
  const benchmarks = [...new Set(arms.map(({ benchmark }) => benchmark))];
  return newest && { benchmarks, rows: rowsOfPipeline(newest.runs, arms) };
}

interface LinesProps {
  title: string;
  lines: Line[];
  empty?: string;
  testId: string;
}

function Lines({ title, lines, empty, testId }: LinesProps) {
  if (lines.length === 0 && !empty) {
    return null;
  }
  return (
    <Panel data-testid={testId}>
      <PanelHeading aside={<span className="tabular text-muted">{lines.length}</span>}>
        {title}
      </PanelHeading>
      <RunLines lines={lines.slice(0, MOST_LINES)} />
      {lines.length > MOST_LINES && (
        <details className="border-t border-line">
          <summary className="cursor-pointer px-4 py-2 text-muted hover:text-text">
            {lines.length - MOST_LINES} more
          </summary>
          <RunLines lines={lines.slice(MOST_LINES)} />
        </details>
      )}
      {lines.length === 0 && <p className="px-4 py-3 text-muted">{empty}</p>}
    </Panel>
  );
}

function RunLines({ lines }: { lines: Line[] }) {
  return (
    <div className="divide-y divide-line">
      {lines.map(({ pipeline, run }) => (
        <RunLine key={run.id} pipeline={pipeline} run={run} />
      ))}
    </div>
  );
}

function FirstLaunch() {
  return (
    <div className="mx-auto mt-[12vh] max-w-md" data-testid="first-launch">
      <Panel className="flex flex-col gap-3 p-6">
        <h1 className="text-title font-semibold">Nothing has been launched yet</h1>
        <p className="text-muted">
          The miniature pipeline trains a small vision-language model through every stage of PRISM:
          fine-tuning, alignment against a discriminator, reinforcement learning, evaluation.
        </p>
        <Button asChild variant="primary" size="large" className="self-start">
          <Link to="/launch" search={{ recipe: "miniature" }}>
            Launch the miniature pipeline
          </Link>
        </Button>
        <p className="text-small text-muted">About 8 minutes, no GPU needed.</p>
      </Panel>
    </div>
  );
}
