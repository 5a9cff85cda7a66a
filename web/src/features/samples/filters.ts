import type { Response, StepSample } from "@/api/schema";

export type Filter = "all" | "wrong" | "malformed" | "gap";

export const FILTERS: { value: Filter; label: string; key: string }[] = [
  { value: "all", label: "All", key: "a" },
  { value: "wrong", label: "Wrong", key: "w" },
  { value: "malformed", label: "Malformed", key: "m" },
  { value: "gap", label: "Highest gap", key: "g" },
];

export function passes(rollout: Response, filter: Filter): boolean {
  switch (filter) {
    case "wrong":
      return rollout.correct === false;
    case "malformed":
      return !rollout.valid;
    case "gap":
      return rollout.valid;
    case "all":
      return true;
  }
}

/** The samples of which at least one rollout passes; by the gap, the widest first. */
export function filtered(samples: readonly StepSample[], filter: Filter): StepSample[] {
  if (filter === "gap") {
    return samples
      .map((one) => ({ one, gap: Math.max(...gapsOf(one).filter((gap) => gap !== undefined)) }))
      .filter(({ gap }) => Number.isFinite(gap))
      .sort((a, b) => b.gap - a.gap)
      .map(({ one }) => one);
  }
  return samples.filter(
    ({ sample }) => filter === "all" || sample.rollouts.some((rollout) => passes(rollout, filter)),
  );
}

/** Which rollout of a sample a filter is about: the first that passes, or that with the widest gap. */
export function firstRollout({ sample, ...rest }: StepSample, filter: Filter): number {
  if (filter === "gap") {
    const gaps = gapsOf({ sample, ...rest }).map((gap) => gap ?? Number.NEGATIVE_INFINITY);
    return gaps.indexOf(Math.max(...gaps));
  }
  return Math.max(
    0,
    sample.rollouts.findIndex((rollout) => passes(rollout, filter)),
  );
}

/** How many rollouts pass each filter; by the gap, of how many items it is known. */
export function counts(samples: readonly StepSample[]): Record<Filter, number> {
  const rollouts = samples.flatMap(({ sample }) => sample.rollouts);
  const count = (filter: Filter) => rollouts.filter((rollout) => passes(rollout, filter)).length;
  return {
    all: count("all"),
    wrong: count("wrong"),
    malformed: count("malformed"),
    gap: filtered(samples, "gap").length,
  };
}

/** By how much each rollout's scores lie below the demonstration's, where both have any. */
function gapsOf({ sample: { demonstration, rollouts } }: StepSample): (number | undefined)[] {
  return rollouts.map((rollout) => {
    const [theirs, ours] = [demonstration && scoreOf(demonstration), scoreOf(rollout)];
    return theirs == null || ours === undefined || !rollout.valid ? undefined : theirs - ours;
  });
}

/** The mean of all scores that a response has. */
function scoreOf({ caption, reasoning, score }: Response): number | undefined {
  const scores = [caption?.score, reasoning?.score, score].filter((value) => value != null);
  return scores.length > 0
    ? scores.reduce((sum, value) => sum + value, 0) / scores.length
    : undefined;
}
