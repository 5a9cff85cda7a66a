import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useStreamOpen, useTopics } from "@/api/live";
import { pipelineQuery } from "@/api/pipelines";
import type { PipelineSnapshot, RunSnapshot } from "@/api/schema";
import { Failure } from "@/components/failure";
import { Outline } from "@/components/ui/outline";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";
import { GameAudit } from "@/features/audits/game-audit";
import { Corpus } from "@/features/curation/corpus";
import { Funnel } from "@/features/curation/funnel";
import { RunEnvironment } from "@/features/environment/run-environment";
import { Notes } from "@/features/labels/notes";
import { RunLineage } from "@/features/lineage/run-lineage";
import { RunCharts } from "@/features/metrics/run-charts";
import { PipelineHeader } from "@/features/pipelines/pipeline-header";
import { StageGraph } from "@/features/pipelines/stage-graph";
import { PipelineResults } from "@/features/results/pipeline-results";
import { RunCheckpoints } from "@/features/runs/run-checkpoints";
import { RunConfig } from "@/features/runs/run-config";
import { RunHeader } from "@/features/runs/run-header";
import { RunLog } from "@/features/runs/run-log";
import { RunSamples } from "@/features/samples/run-samples";
import { TABS, type Tab } from "./pipeline";

const route = getRouteApi("/signed-in/pipelines/$pipelineId");

const TITLES: Record<Tab, string> = {
  charts: "Charts",
  samples: "Samples",
  logs: "Logs",
  config: "Config",
  environment: "Environment",
  checkpoints: "Checkpoints",
  lineage: "Lineage",
  results: "Results",
  notes: "Notes",
};

export function PipelinePage() {
  const { pipelineId } = route.useParams();
  const { data: pipeline, error, refetch } = useQuery(pipelineQuery(pipelineId));
  const { run: wanted } = route.useSearch();
  const run = pipeline && chooseRun(pipeline, wanted);
  // One connection for both: which run is followed is known once the pipeline is.
  useTopics(run ? [`pipeline:${pipelineId}`, `run:${run.id}`] : []);
  useStreamOpen(() => void refetch());
  if (error && !pipeline) {
    return <Failure error={error} onRetry={() => void refetch()} />;
  }
  return pipeline && run ? (
    <Page pipeline={pipeline} run={run} />
  ) : (
    <Outline className="min-h-dvh" />
  );
}

function Page({ pipeline, run }: { pipeline: PipelineSnapshot; run: RunSnapshot }) {
  const { tab = "charts" } = route.useSearch();
  const navigate = route.useNavigate();
  const selectRun = (runId: string) => {
    const chosen = pipeline.runs.find(({ id }) => id === runId);
    void navigate({ search: (search) => ({ ...search, run: chosen?.name }), replace: true });
  };
  const selectTab = (chosen: string) =>
    void navigate({ search: (search) => ({ ...search, tab: chosen as Tab }), replace: true });
  return (
    <div className="flex flex-col gap-4" data-testid="pipeline" data-state={pipeline.state}>
      <PipelineHeader pipeline={pipeline} />
      <StageGraph runs={pipeline.runs} selected={run.id} onSelect={selectRun} />
      <div className="flex flex-col gap-2">
        <RunHeader run={run} />
        <GameAudit run={run} />
        <Funnel run={run} />
        <Corpus run={run} />
      </div>
      <Tabs value={tab} onValueChange={selectTab}>
        <TabsList aria-label={`About ${run.name}`}>
          {TABS.map((name) => (
            <TabsTrigger key={name} value={name}>
              {TITLES[name]}
            </TabsTrigger>
          ))}
        </TabsList>
        <TabsContent value={tab} className="pt-3" key={`${run.id} ${tab}`}>
          <TabContent tab={tab} pipeline={pipeline} run={run} />
        </TabsContent>
      </Tabs>
    </div>
  );
}

function TabContent({
  tab,
  pipeline,
  run,
}: {
  tab: Tab;
  pipeline: PipelineSnapshot;
  run: RunSnapshot;
}) {
  switch (tab) {
    case "charts":
      return <RunCharts run={run} />;
    case "samples":
      return <RunSamples run={run} others={alike(pipeline, run)} />;
    case "logs":
      return <RunLog runId={run.id} />;
    case "config":
      return <RunConfig run={run} />;
    case "environment":
      return <RunEnvironment run={run} />;
    case "checkpoints":
      return <RunCheckpoints run={run} />;
    case "lineage":
      return <RunLineage run={run} />;
    case "results":
      return <PipelineResults pipeline={pipeline} />;
    case "notes":
      return <Notes pipeline={pipeline} run={run} />;
  }
}

/** Other runs of the pipeline that draw from the same rows: evaluations, or training. */
function alike({ runs }: PipelineSnapshot, run: RunSnapshot) {
  const isEvaluation = run.kind === "evaluate";
  return runs.filter(
    ({ id, kind }) => id !== run.id && kind !== "curate" && (kind === "evaluate") === isEvaluation,
  );
}

/** The run that the address names, or has the id of, else the one that is most worth watching. */
function chooseRun({ runs }: PipelineSnapshot, wanted: string | undefined) {
  return (
    runs.find(({ name, id }) => name === wanted || id === wanted) ??
    runs.find(({ kind, state }) => kind === "align" && state === "running") ??
    runs.find(({ state }) => state === "running") ??
    runs.find(({ state }) => state === "failed") ??
    runs.find(({ kind, state }) => kind === "align" && state === "succeeded") ??
    runs[0]
  );
}
