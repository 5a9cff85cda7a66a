import type { PipelineSnapshot, RunSnapshot } from "@/api/schema";
import type { ComparedRun } from "@/components/compared-run";

interface Found {
  run: RunSnapshot;
  pipeline: PipelineSnapshot;
}

/** The runs with what each is called beside the others. */
export function comparedRuns(found: readonly Found[]): ComparedRun[] {
  const labels = labelsOf(found);
  return found.map(({ run, pipeline }, place) => ({
    run,
    pipeline,
    label: labels[place] as string,
    group: `${run.name}\n${pipeline.study_id ?? pipeline.id}`,
    place,
  }));
}

/** Of name, pipeline, number and seed only what differs; all of it where nothing does. */
function labelsOf(found: readonly Found[]): string[] {
  const parts = [
    found.map(({ run }) => run.name),
    found.map(({ pipeline }) => pipeline.name),
    found.map(({ pipeline }) => `#${pipeline.number}`),
    found.map(({ pipeline }) => `seed ${pipeline.seed}`),
  ];
  const [names = [], titles = [], numbers = [], seeds = []] = parts;
  const differs = (texts: readonly string[]) => new Set(texts).size > 1;
  // Two pipelines of one seed are told apart by their numbers, two seeds by those.
  const chosen = [names, ...(differs(titles) ? [titles] : []), ...(differs(seeds) ? [seeds] : [])];
  const short = found.map((_, place) => chosen.map((texts) => texts[place]).join(" · "));
  return differs(short) && new Set(short).size === short.length
    ? short
    : short.map((text, place) => `${text} · ${numbers[place]}`);
}
