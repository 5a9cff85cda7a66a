import { useQueries, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useTopics } from "@/api/live";
import { pipelineQuery } from "@/api/pipelines";
import { at } from "@/api/prefix";
import {
  answersQuery,
  checkpointQuery,
  namedCheckpointsQuery,
  questionsQuery,
} from "@/api/questions";
import { checkpointsQuery, runQuery } from "@/api/runs";
import type { CheckpointSnapshot, PipelineSnapshot, RunSnapshot } from "@/api/schema";
import { useLaunches } from "@/api/session";
import { Failure } from "@/components/failure";
import { Outline } from "@/components/ui/outline";
import { Panel } from "@/components/ui/panel";
import { AnswerStatus } from "@/features/ask/answer-status";
import { AskForm } from "@/features/ask/ask-form";
import {
  keyOf,
  newestExport,
  offeredRuns,
  parentPolicy,
  type Question,
  readQuestion,
  readReference,
  type Saved,
  type Source,
  samplingOf,
  sourcesOf,
} from "@/features/ask/question";
import { QuestionList } from "@/features/ask/question-list";
import { Answers } from "@/features/samples/answers";

const route = getRouteApi("/signed-in/try");

/** A checkpoint answers one's own image and question, beside the one that it was trained from. */
export function TryPage() {
  const { checkpoint } = route.useSearch();
  return (
    <div className="flex flex-col gap-4" data-testid="try">
      <h1 className="text-title font-semibold">Try it</h1>
      {checkpoint ? <Tried key={checkpoint} checkpointId={checkpoint} /> : <Nobody />}
    </div>
  );
}

/** Reached without a checkpoint: where one is found. */
function Nobody() {
  return (
    <div className="grid items-start gap-4 lg:grid-cols-2">
      <Panel className="flex flex-col gap-2 p-4">
        <h2 className="text-lead font-semibold">Choose a checkpoint</h2>
        <p className="max-w-[72ch] text-muted">
          A checkpoint answers a question about an image of yours, beside the one before its stage.
          Open a run that has ended, and choose Try it: on its page, or beside a policy among its
          checkpoints.
        </p>
        <Link to="/runs" className="self-start font-medium text-accent hover:underline">
          Go to the runs
        </Link>
      </Panel>
      <QuestionList />
    </div>
  );
}

function Tried({ checkpointId }: { checkpointId: string }) {
  const checkpoint = useQuery(checkpointQuery(checkpointId));
  const runId = checkpoint.data?.run_id;
  const run = useQuery({ ...runQuery(runId ?? ""), enabled: Boolean(runId) });
  const pipelineId = run.data?.pipeline_id;
  const pipeline = useQuery({ ...pipelineQuery(pipelineId ?? ""), enabled: Boolean(pipelineId) });
  const failed = [checkpoint, run, pipeline].find(({ error, data }) => error && !data);
  if (failed) {
    return <Failure error={failed.error} onRetry={() => void failed.refetch()} />;
  }
  if (!checkpoint.data || !run.data || !pipeline.data) {
    return <Outline className="min-h-dvh" />;
  }
  return <Sources checkpoint={checkpoint.data} run={run.data} pipeline={pipeline.data} />;
}

interface SourcesProps {
  checkpoint: CheckpointSnapshot;
  run: RunSnapshot;
  pipeline: PipelineSnapshot;
}

/** Finds what can be asked beside the checkpoint, and who can score it. */
function Sources({ checkpoint, run, pipeline }: SourcesProps) {
  const { question } = route.useSearch();
  const offered = offeredRuns(pipeline, run);
  const lists = useQueries({
    queries: offered.map(({ id }) => ({
      ...checkpointsQuery(id),
      refetchInterval: false as const,
    })),
  });
  const named = useQuery(namedCheckpointsQuery(run.project_id));
  const asked = useQuery({ ...pipelineQuery(question ?? ""), enabled: Boolean(question) });
  // On a phone the answers stand below the list of earlier questions.
  const earlier = useQuery(questionsQuery(checkpoint.id));
  const isKnown = [...lists, named, earlier].every(({ isPending }) => !isPending);
  if (!isKnown || (question && asked.isPending)) {
    return <Outline className="min-h-dvh" />;
  }
  const saved = offered.map((one, index) => ({
    run: one,
    checkpoints: lists[index]?.data?.data ?? [],
  }));
  const here: Source = {
    key: keyOf({ checkpoint: checkpoint.id }),
    label: `${run.name}, step ${checkpoint.step}`,
    reference: { checkpoint: checkpoint.id },
  };
  const others = sourcesOf("policy", saved, named.data ?? []);
  const policies = [here, ...others.filter(({ key }) => key !== here.key)];
  const discriminators = sourcesOf("discriminator", saved, named.data ?? []);
  return (
    <Page
      run={run}
      checkpoint={checkpoint}
      policies={policies}
      discriminators={discriminators}
      initial={(asked.data && readQuestion(asked.data)) ?? fresh(checkpoint, run, saved)}
      asked={asked.data}
    />
  );
}

/** A question that is still to be typed: before and after the stage, scored if it can be. */
function fresh(
  checkpoint: CheckpointSnapshot,
  run: RunSnapshot,
  saved: readonly Saved[],
): Question {
  const judge = saved
    .map(({ checkpoints }) => newestExport(checkpoints, "discriminator"))
    .find((one) => one !== undefined);
  return {
    text: "",
    images: [],
    before: parentPolicy(run, saved),
    after: { checkpoint: checkpoint.id },
    discriminator: judge && { checkpoint: judge.id },
    samples: 3,
    ...samplingOf(run),
  };
}

interface PageProps {
  run: RunSnapshot;
  checkpoint: CheckpointSnapshot;
  policies: readonly Source[];
  discriminators: readonly Source[];
  initial: Question;
  asked: PipelineSnapshot | undefined;
}

function Page({ run, checkpoint, policies, discriminators, initial, asked }: PageProps) {
  const navigate = route.useNavigate();
  const launches = useLaunches(run.project_id);
  const isPolicy = checkpoint.kind === "exported" && checkpoint.role === "policy";
  // What was asked here leaves the form, and with it the focus, as it was; another question that is
  // looked at fills it anew.
  const [own, setOwn] = useState<{ form: string; asked: string[] }>({ form: "", asked: [] });
  const form = asked && own.asked.includes(asked.id) ? own.form : (asked?.id ?? "new");
  const show = ({ id }: PipelineSnapshot) => {
    setOwn({ form, asked: [...(own.form === form ? own.asked : []), id] });
    void navigate({ search: (now) => ({ ...now, question: id }) });
  };
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[minmax(20rem,26rem)_minmax(0,1fr)]">
      <div className="flex min-w-0 flex-col gap-4">
        <Whose run={run} checkpoint={checkpoint} />
        {launches && isPolicy && checkpoint.durable_at ? (
          <AskForm
            key={form}
            run={run}
            policies={policies}
            discriminators={discriminators}
            initial={initial}
            place={`${checkpoint.id} ${asked?.id ?? ""}`}
            onAsked={show}
          />
        ) : (
          <p className="max-w-[72ch] text-muted">{unaskable(checkpoint, launches)}</p>
        )}
        <QuestionList checkpoint={checkpoint.id} />
      </div>
      {asked ? (
        <Asked key={asked.id} pipelineId={asked.id} policies={policies} />
      ) : (
        <p className="max-w-[72ch] py-8 text-muted max-lg:hidden">
          Choose an image and type a question. The answers come here, section by section, once a
          worker has loaded the checkpoints.
        </p>
      )}
    </div>
  );
}

function unaskable(checkpoint: CheckpointSnapshot, launches: boolean): string {
  if (!launches) {
    return "To ask takes the role of a member in this project; an administrator of it can give it to you.";
  }
  if (checkpoint.deleted_at) {
    return "The files of this checkpoint were deleted, so that nobody can ask it.";
  }
  return checkpoint.durable_at
    ? `This is a ${checkpoint.kind} ${checkpoint.role}; only an exported policy answers questions.`
    : "This checkpoint is not in the artifact store yet; try again once it is.";
}

function Whose({ run, checkpoint }: { run: RunSnapshot; checkpoint: CheckpointSnapshot }) {
  return (
    <p className="wrap-anywhere">
      Step <span className="tabular">{checkpoint.step}</span> of{" "}
      <Link
        to="/pipelines/$pipelineId"
        params={{ pipelineId: run.pipeline_id }}
        search={{ run: run.name, tab: "checkpoints" }}
        className="font-medium text-accent hover:underline"
      >
        {run.name} of {run.pipeline_name} #{run.pipeline_number}
      </Link>
    </p>
  );
}

/** A question that was asked, and its answers as they come. */
function Asked({ pipelineId, policies }: { pipelineId: string; policies: readonly Source[] }) {
  const { data: pipeline } = useQuery(pipelineQuery(pipelineId));
  const place = useRef<HTMLDivElement>(null);
  // On a phone the answers stand below the form.
  useEffect(() => place.current?.scrollIntoView({ block: "nearest" }), []);
  const runs = ["before", "after"].flatMap(
    (name) => pipeline?.runs.filter((run) => run.name === name && run.kind === "ask") ?? [],
  );
  useTopics([`pipeline:${pipelineId}`, ...runs.map(({ id }) => `run:${id}`)]);
  const answers = useQueries({ queries: runs.map((run) => answersQuery(run)) });
  const [first] = runs;
  if (!first) {
    return <p className="text-muted">This pipeline asks no question.</p>;
  }
  const sides = runs.map((run, index) => {
    const sample = answers[index]?.data;
    return {
      key: run.name,
      title: titleOf(run, policies),
      sample,
      status: <AnswerStatus run={run} isAnswered={sample !== undefined} />,
    };
  });
  return (
    <div ref={place} className="flex min-w-0 scroll-my-16 flex-col gap-3">
      <h2 className="sr-only">Answers</h2>
      <Panel aria-label="What was asked" className="flex flex-wrap gap-3 p-3">
        {imagesOf(first).map((digest, place) => (
          <img
            // biome-ignore lint/suspicious/noArrayIndexKey: one image may stand twice.
            key={`${place} ${digest}`}
            src={at(`/api/v1/artifacts/${digest}`)}
            alt={`${place + 1} of the question`}
            className="h-24 max-w-full min-w-16 rounded-small bg-sunken object-contain"
          />
        ))}
        <p className="min-w-40 flex-1 text-lead whitespace-pre-wrap wrap-anywhere" dir="auto">
          {String(first.config.question)}
        </p>
      </Panel>
      <Answers sides={sides} />
    </div>
  );
}

function imagesOf(run: RunSnapshot): string[] {
  return Array.isArray(run.config.images) ? run.config.images.map(String) : [];
}

function titleOf(run: RunSnapshot, policies: readonly Source[]): string {
  const reference = readReference(run.config.policy);
  const key = reference && keyOf(reference);
  const label = policies.find((source) => source.key === key)?.label ?? key ?? "";
  return `${run.name === "before" ? "Before" : "After"}: ${label}`;
}
