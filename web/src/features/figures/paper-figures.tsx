import { useQueries, useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { structureQuery } from "@/api/compare";
import { pipelineQuery, recentPipelinesQuery } from "@/api/pipelines";
import { pipelineResultsQuery } from "@/api/results";
import { namedMetricsQuery } from "@/api/runs";
import type { PipelineSnapshot, RunMetrics, RunSnapshot, Structure } from "@/api/schema";
import { studiesQuery, studyQuery, studyResultsQuery } from "@/api/studies";
import { colourOf } from "@/components/compared-run";
import { Outline } from "@/components/ui/outline";
import { Select } from "@/components/ui/select";
import type { Measured } from "./curves";
import { FigureView } from "./figure-view";
import {
  armOf,
  gapFigure,
  MOST_ARMS,
  type SeedGroup,
  seedGroups,
  structureFigure,
  tokensFigure,
} from "./plans";

const GAPS = ["gap_perception", "gap_reasoning", "gap_response"];

/** The paper's figures for one's own runs: of a study or of a pipeline. */
export function PaperFigures() {
  const { data: studies } = useQuery(studiesQuery);
  const { data: pipelines } = useQuery(recentPipelinesQuery);
  const [chosen, setChosen] = useState<string>();
  if (!studies || !pipelines) {
    return <Outline className="h-72" />;
  }
  // The pipelines of a study are drawn as one.
  const alone = pipelines.data.filter(({ study_id }) => !study_id);
  const options = [
    ...studies.data.map(({ id, name }) => ({ id, label: `Study ${name}` })),
    ...alone.map(({ id, name, number }) => ({ id, label: `${name} #${number}` })),
  ];
  const subject = chosen ?? options[0]?.id;
  return subject ? (
    <div className="flex flex-col gap-3">
      <Select
        aria-label="What the figures are of"
        className="w-80 max-w-full"
        value={subject}
        onChange={({ target }) => setChosen(target.value)}
      >
        {options.map(({ id, label }) => (
          <option key={id} value={id}>
            {label}
          </option>
        ))}
      </Select>
      {subject.startsWith("std_") ? (
        <OfStudy key={subject} studyId={subject} />
      ) : (
        <OfPipeline key={subject} pipelineId={subject} />
      )}
    </div>
  ) : (
    <p className="text-muted">Launch a pipeline; its figures appear here while it trains.</p>
  );
}

function OfStudy({ studyId }: { studyId: string }) {
  const { data: study } = useQuery(studyQuery(studyId));
  const pipelines = useQueries({ queries: (study?.pipelines ?? []).map(pipelineQuery) });
  const { data: results } = useQuery(studyResultsQuery(studyId));
  const known = pipelines.flatMap(({ data }) => data ?? []);
  return study && known.length === study.pipelines.length ? (
    <Figures pipelines={known} results={results?.arms ?? []} />
  ) : (
    <Outline className="h-72" />
  );
}

function OfPipeline({ pipelineId }: { pipelineId: string }) {
  const { data: pipeline } = useQuery(pipelineQuery(pipelineId));
  const { data: results } = useQuery(pipelineResultsQuery(pipelineId));
  return pipeline ? (
    <Figures pipelines={[pipeline]} results={results?.arms ?? []} />
  ) : (
    <Outline className="h-72" />
  );
}

interface FiguresProps {
  pipelines: readonly PipelineSnapshot[];
  results: Parameters<typeof tokensFigure>[0];
}

function Figures({ pipelines, results }: FiguresProps) {
  const aligned = seedGroups(pipelines, "align", ({ name }) => name);
  const evaluated = seedGroups(pipelines, "evaluate", armOf);
  const curveOf = useGaps(aligned);
  const structures = useStructures(evaluated);
  const colour = (place: number) => colourOf(place).colour;
  const [benchmark] = useMemo(() => [...new Set(results.map((one) => one.benchmark))], [results]);
  const arms = evaluated.map(({ label, runs }) => ({
    label,
    structures: runs.flatMap(({ id }) => structures.get(id) ?? []),
  }));
  const shown = arms.flatMap((arm) => arm.structures);
  const responses = shown.reduce((sum, one) => sum + one.policy_responses, 0);
  const counted = `Of the well-formed responses that evaluations have shown: ${responses} of policies, ${shown[0]?.supervision_responses ?? 0} of the supervision.`;
  const figures = [
    {
      figure: gapFigure(aligned, curveOf, colour),
      note: "Mean score of demonstrations minus that of rollouts; the band is the 95% interval over seeds.",
    },
    { figure: structureFigure("caption_items", arms, colour), note: counted },
    { figure: structureFigure("reasoning_steps", arms, colour), note: counted },
    {
      figure: tokensFigure(
        results.filter((one) => one.benchmark === benchmark),
        colour,
      ),
      note: `On ${benchmark}, with 95% intervals: over items, or over seeds where there are several.`,
    },
  ].filter(({ figure }) => figure.series.length > 0);
  return figures.length === 0 ? (
    <p className="max-w-[72ch] text-muted">
      Nothing to draw yet: the gaps come from an alignment, the others from evaluations.
    </p>
  ) : (
    <div className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,26rem),1fr))] gap-3">
      {figures.map(({ figure, note }) => (
        <FigureView key={figure.name} figure={figure} note={note} />
      ))}
      {[...aligned, ...evaluated].length >= MOST_ARMS && (
        <p className="text-small text-muted">At most {MOST_ARMS} arms are drawn.</p>
      )}
    </div>
  );
}

function useGaps(groups: readonly SeedGroup[]) {
  const runs = groups.flatMap((group) => group.runs);
  const found = useQueries({ queries: runs.map((run) => namedMetricsQuery(run.id, GAPS)) });
  const curves = new Map(
    found.flatMap(({ data }): [string, RunMetrics][] => (data ? [[data.run_id, data]] : [])),
  );
  return (run: RunSnapshot, metric: string): readonly Measured[] => {
    const series = curves.get(run.id)?.series.find(({ name }) => name === metric);
    return (series?.points ?? []).map(([step, value]): Measured => [step, value]);
  };
}

function useStructures(groups: readonly SeedGroup[]): ReadonlyMap<string, Structure> {
  const runs = groups.flatMap((group) => group.runs);
  const found = useQueries({ queries: runs.map((run) => structureQuery(run.id)) });
  return new Map(
    found.flatMap(({ data }, place): [string, Structure][] => {
      const run = runs[place];
      return data && run && data.policy_responses > 0 ? [[run.id, data]] : [];
    }),
  );
}
