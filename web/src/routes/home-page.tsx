import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTopics } from "@/api/live";
import { recentPipelinesQuery } from "@/api/pipelines";
import { resultsQuery } from "@/api/results";
import { runPageQuery } from "@/api/runs";
import type { PipelineSnapshot, Results, RunSnapshot } from "@/api/schema";
import { Failure } from "@/components/failure";
import { Button } from "@/components/ui/button";
import { Outline } from "@/components/ui/outline";
import { Panel, PanelHeading } from "@/components/ui/panel";
import { ResultsView } from "@/features/results/results-view";
import { rowsOfPipeline } from "@/features/results/rows";
import { isNew } from "@/features/runs/last-here";
import { MAIN_METRICS } from "@/features/runs/main-metrics";
import { RunLine } from "@/features/runs/run-line";

/** A pipeline of the tables has dozens of runs that wait; the next few are what matters. */
const MOST_LINES = 5;

/** One stream cannot follow everything; what is beyond is looked at again every few seconds. */
const MOST_FOLLOWED = 20;

const GOING = "state in (running, claimed, queued, blocked)";
const FAILED = "state = failed";

/** The runs of a filter, looked at again every few seconds. */
export function homeQuery(filter: string) {
  return {
    ...runPageQuery({ filter, sort: "-created", metrics: MAIN_METRICS }),
    refetchInterval: 4_000,
  };
}

/** What runs now, what waits and why, what failed, and the newest results. */
export function HomePage() {
  const { data, error, refetch } = useQuery(recentPipelinesQuery);
  const { data: results } = useQuery(resultsQuery());
  const { data: going } = useQuery(homeQuery(GOING));
  const { data: failed } = useQuery(homeQuery(FAILED));
  const among = (...states: RunSnapshot["state"][]) =>
    (going?.data ?? []).filter(({ state }) => states.includes(state));
  const pipelines = [...new Set(among("running", "claimed").map((run) => run.pipeline_id))];
  useTopics(pipelines.slice(0, MOST_FOLLOWED).map((id) => `pipeline:${id}`));
  if (error && !data) {
    return <Failure error={error} onRetry={() => void refetch()} />;
  }
  if (!data || !going || !failed) {
    return <Outline className="h-96" />;
  }
  if (data.data.length === 0) {
    return <FirstLaunch />;
  }
  const newest = newestResults(data.data, results);
  const since = failed.data.filter(({ finished_at }) => isNew(finished_at));
  const earlier = failed.data.filter(({ finished_at }) => !isNew(finished_at));
  return (
    <div className="flex flex-col gap-4">
      <h1 className="sr-only">Home</h1>
      <Lines
        title="Running now"
        runs={among("running", "claimed")}
        empty="Nothing runs now."
        testId="running"
      />
      <Lines
        title="Waiting"
        runs={[...among("queued").reverse(), ...among("blocked").reverse()]}
        testId="waiting"
      />
      <Lines title="Failed since you were last here" runs={since} testId="failed" />
      <Lines title="Failed before" runs={earlier.slice(0, MOST_LINES)} testId="failed-before" />
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
  runs: RunSnapshot[];
  empty?: string;
  testId: string;
}

function Lines({ title, runs, empty, testId }: LinesProps) {
  if (runs.length === 0 && !empty) {
    return null;
  }
  return (
    <Panel data-testid={testId}>
      <PanelHeading aside={<span className="tabular text-muted">{runs.length}</span>}>
        {title}
      </PanelHeading>
      <RunLines runs={runs.slice(0, MOST_LINES)} />
      {runs.length > MOST_LINES && (
        <details className="border-t border-line">
          <summary className="cursor-pointer px-4 py-2 text-muted hover:text-text">
            {runs.length - MOST_LINES} more
          </summary>
          <RunLines runs={runs.slice(MOST_LINES)} />
        </details>
      )}
      {runs.length === 0 && <p className="px-4 py-3 text-muted">{empty}</p>}
    </Panel>
  );
}

function RunLines({ runs }: { runs: RunSnapshot[] }) {
  return (
    <div className="divide-y divide-line">
      {runs.map((run) => (
        <RunLine key={run.id} run={run} />
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
