import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { questionsQuery } from "@/api/questions";
import type { RunSnapshot } from "@/api/schema";
import { Failure } from "@/components/failure";
import { Ago } from "@/components/moment";
import { StateMark, stateWord } from "@/components/run-state";
import { Outline } from "@/components/ui/outline";
import { Panel, PanelHeading } from "@/components/ui/panel";
import { readReference } from "./question";

interface QuestionListProps {
  /** Whose questions; those of every checkpoint if left out. */
  checkpoint?: string;
}

/** What was asked before, the newest first. */
export function QuestionList({ checkpoint }: QuestionListProps) {
  const { data, error, refetch } = useQuery(questionsQuery(checkpoint));
  const asked = onePerPipeline(data ?? []);
  return (
    <Panel aria-label="Earlier questions" data-testid="questions">
      <PanelHeading>Earlier questions</PanelHeading>
      {error && !data && <Failure error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Outline className="mx-4 my-3 h-5" />}
      {data?.length === 0 && (
        <p className="px-4 py-3 text-muted">Nothing has been asked yet. Answers stay here.</p>
      )}
      <ul className="divide-y divide-line">
        {asked.map((run) => (
          <li key={run.id}>
            <Link
              to="/try"
              search={{ checkpoint: checkpoint ?? checkpointOf(run), question: run.pipeline_id }}
              className="flex flex-col gap-0.5 px-4 py-2 hover:bg-sunken aria-[current=page]:bg-accent-soft"
            >
              <span className="truncate" dir="auto">
                {String(run.config.question)}
              </span>
              <span className="flex flex-wrap gap-x-3 text-small text-muted">
                <StateMark state={run.state} word={stateWord(run)} />
                <Ago instant={run.created_at} />
                <span className="tabular">#{run.pipeline_number}</span>
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

/** A question is one pipeline of one or two runs; the later stage's answer stands for it. */
function onePerPipeline(runs: readonly RunSnapshot[]): RunSnapshot[] {
  const found = new Map<string, RunSnapshot>();
  for (const run of runs) {
    if (!found.has(run.pipeline_id) || run.name === "after") {
      found.set(run.pipeline_id, run);
    }
  }
  return [...found.values()];
}

function checkpointOf(run: RunSnapshot): string | undefined {
  const policy = readReference(run.config.policy);
  return policy && "checkpoint" in policy ? policy.checkpoint : undefined;
}
