import type { Response, Sample, StepSample } from "@/api/schema";

export type Filter = "all" | "wrong" | "malformed" | "gap" | "disagreement";

export const FILTERS: { value: Filter; label: string; key: string }[] = [
  { value: "all", label: "All", key: "a" },
  { value: "wrong", label: "Wrong", key: "w" },
  { value: "malformed", label: "Malformed", key: "m" },
  { value: "gap", label: "Highest gap", key: "g" },
  { value: "disagreement", label: "Experts disagree", key: "e" },
];

type Measure = (sample: Sample, rollout: Response) => number | undefined;

/** Filters that order the items by a number of their rollouts, the largest first. */
const MEASURES: Partial<Record<Filter, Measure>> = { gap, disagreement };

export function passes(rollout: Response, filter: Filter): boolean {
  switch (filter) {
    case "wrong":
      return rollout.correct === false;
    case "malformed":
      return !rollout.valid;
    case "gap":
    case "disagreement":
      return rollout.valid;
    case "all":
      return true;
  }
}

/** The samples of which at least one rollout passes; by a measure, the largest first. */
export function filtered(samples: readonly StepSample[], filter: Filter): StepSample[] {
  const measure = MEASURES[filter];
  if (measure) {
    return samples
      .map((one) => ({ one, largest: Math.max(...measured(one, measure)) }))
      .filter(({ largest }) => Number.isFinite(largest))
      .sort((a, b) => b.largest - a.largest)
      .map(({ one }) => one);
  }
  return samples.filter(
    ({ sample }) => filter === "all" || sample.rollouts.some((rollout) => passes(rollout, filter)),
  );
}

/** Which rollout of a sample a filter is about: the first that passes, or that with the most. */
export function firstRollout(one: StepSample, filter: Filter): number {
  const measure = MEASURES[filter];
  if (measure) {
    const values = measured(one, measure);
    return values.indexOf(Math.max(...values));
  }
  return Math.max(
    0,
    one.sample.rollouts.findIndex((rollout) => passes(rollout, filter)),
  );
}

/** How many rollouts pass each filter; by a measure, of how many items it is known. */
export function counts(samples: readonly StepSample[]): Record<Filter, number> {
  const rollouts = samples.flatMap(({ sample }) => sample.rollouts);
  const count = (filter: Filter) => rollouts.filter((rollout) => passes(rollout, filter)).length;
  return {
    all: count("all"),
    wrong: count("wrong"),
    malformed: count("malformed"),
    gap: filtered(samples, "gap").length,
    disagreement: filtered(samples, "disagreement").length,
  };
}

function measured({ sample }: StepSample, measure: Measure): number[] {
  return sample.rollouts.map((rollout) =>
    rollout.valid
      ? (measure(sample, rollout) ?? Number.NEGATIVE_INFINITY)
      : Number.NEGATIVE_INFINITY,
  );
}

/** By how much a rollout's scores lie below the demonstration's, where both have any. */
function gap({ demonstration }: Sample, rollout: Response): number | undefined {
  return below(demonstration && scoreOf(demonstration), scoreOf(rollout));
}

/** How far apart the gaps lie that the two experts see. */
function disagreement({ demonstration }: Sample, rollout: Response): number | undefined {
  const perception = below(demonstration?.caption?.score, rollout.caption?.score);
  const reasoning = below(demonstration?.reasoning?.score, rollout.reasoning?.score);
  return perception === undefined || reasoning === undefined
    ? undefined
    : Math.abs(perception - reasoning);
}

function below(theirs: number | null | undefined, ours: number | null | undefined) {
  return theirs == null || ours == null ? undefined : theirs - ours;
}

/** The mean of all scores that a response has. */
function scoreOf({ caption, reasoning, score }: Response): number | undefined {
  const scores = [caption?.score, reasoning?.score, score].filter((value) => value != null);
  return scores.length > 0
    ? scores.reduce((sum, value) => sum + value, 0) / scores.length
    : undefined;
}
