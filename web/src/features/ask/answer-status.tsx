import { Link } from "@tanstack/react-router";
import type { RunSnapshot } from "@/api/schema";
import { isFinal, StateMark, stateWord } from "@/components/run-state";
import { WaitingWords } from "@/components/waiting-words";

/** How an answer stands: why it waits, how it failed, and where its run can be looked at. */
export function AnswerStatus({ run, isAnswered }: { run: RunSnapshot; isAnswered: boolean }) {
  return (
    <div className="flex min-h-8 flex-wrap items-center gap-x-3 gap-y-1 px-3 py-1.5">
      <StateMark state={run.state} word={stateWord(run)} />
      {run.exit && !isAnswered ? (
        <span className="min-w-0 whitespace-pre-wrap wrap-anywhere" role="alert">
          {run.exit.message}
        </span>
      ) : (
        <span className="min-w-0 wrap-anywhere text-muted">{wordsOf(run, isAnswered)}</span>
      )}
      <Link
        to="/pipelines/$pipelineId"
        params={{ pipelineId: run.pipeline_id }}
        search={{ run: run.name, tab: "logs" }}
        className="ml-auto text-small text-accent hover:underline"
      >
        Run and log
        <span className="sr-only"> of {run.name}</span>
      </Link>
    </div>
  );
}

function wordsOf(run: RunSnapshot, isAnswered: boolean) {
  if (run.reason) {
    return <WaitingWords reason={run.reason} starts={run.starts} />;
  }
  if (isAnswered || isFinal(run.state)) {
    return null;
  }
  return run.state === "running" ? "It answers." : "A worker loads the checkpoint.";
}
