import type { RunSnapshot } from "@/api/schema";

type MainMetric = [metric: string, label: string];

/** The numbers by which each kind of run is watched, the first of them as a curve. */
const OF_KIND: Partial<Record<RunSnapshot["kind"], MainMetric[]>> = {
  sft: [["loss", "loss"]],
  warmup: [
    ["discriminator_accuracy_perception", "accuracy P"],
    ["discriminator_accuracy_reasoning", "R"],
  ],
  align: [
    ["gap_perception", "gap P"],
    ["gap_reasoning", "R"],
  ],
  rlvr: [
    ["reward", "reward"],
    ["accuracy", "accuracy"],
  ],
};

export function mainMetrics({ kind }: RunSnapshot): MainMetric[] {
  return OF_KIND[kind] ?? [];
}

/** All of them, for a list of runs of any kind. */
export const MAIN_METRICS = Object.values(OF_KIND).flatMap((metrics) =>
  metrics.map(([metric]) => metric),
);
