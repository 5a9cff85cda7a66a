import type { Response, StepSample } from "@/api/schema";

export type Filter = "all" | "wrong" | "malformed";

export const FILTERS: { value: Filter; label: string }[] = [
  { value: "all", label: "All" },
  { value: "wrong", label: "Wrong" },
  { value: "malformed", label: "Malformed" },
];

export function passes(rollout: Response, filter: Filter): boolean {
  switch (filter) {
    case "wrong":
      return rollout.correct === false;
    case "malformed":
      return !rollout.valid;
    case "all":
      return true;
  }
}

/** The samples of which at least one rollout passes. */
export function filtered(samples: readonly StepSample[], filter: Filter): StepSample[] {
  return samples.filter(
    ({ sample }) => filter === "all" || sample.rollouts.some((rollout) => passes(rollout, filter)),
  );
}

/** How many rollouts pass each filter. */
export function counts(samples: readonly StepSample[]): Record<Filter, number> {
  const rollouts = samples.flatMap(({ sample }) => sample.rollouts);
  const count = (filter: Filter) => rollouts.filter((rollout) => passes(rollout, filter)).length;
  return { all: count("all"), wrong: count("wrong"), malformed: count("malformed") };
}
