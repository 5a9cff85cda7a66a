/** Which metrics share a chart. A chart appears once a run has one of its metrics. */
export interface ChartPlan {
  id: string;
  title: string;
  meaning: string;
  lines: { metric: string; label: string; colour: DataColour }[];
  zeroLine?: boolean;
  saturation?: boolean;
  /** Shares go from 0 to 1 whatever was measured, so that their charts compare at a glance. */
  range?: [number, number];
}

export type DataColour =
  | "perception"
  | "reasoning"
  | "answer"
  | "format"
  | "response"
  | "text"
  | "accent";

/** What is read: the sections apart, or whole responses. */
const experts = (metric: string): ChartPlan["lines"] => [
  { metric: `${metric}_perception`, label: "Perception", colour: "perception" },
  { metric: `${metric}_reasoning`, label: "Reasoning", colour: "reasoning" },
  { metric: `${metric}_response`, label: "Response", colour: "response" },
];

const phases = (measure: string): ChartPlan["lines"] => [
  { metric: `rollout_${measure}`, label: "Rollouts", colour: "response" },
  { metric: `judge_${measure}`, label: "Judge", colour: "reasoning" },
  { metric: `update_${measure}`, label: "Update", colour: "answer" },
];

const alone = (metric: string, colour: DataColour = "accent"): ChartPlan["lines"] => [
  { metric, label: "", colour },
];

export const CHARTS: ChartPlan[] = [
  {
    id: "gap",
    title: "Reward gap",
    meaning:
      "Mean score of demonstrations minus that of rollouts, by expert. It nears 0 as the policy becomes indistinguishable; at the dotted line the discriminator is saturated.",
    lines: experts("gap"),
    zeroLine: true,
    saturation: true,
  },
  {
    id: "discriminator-accuracy",
    title: "Discriminator accuracy",
    meaning:
      "Share of pairs in which the demonstration scores higher, ties left out. 0.5 means that it cannot tell the two sides apart.",
    lines: experts("discriminator_accuracy"),
    range: [0, 1],
  },
  {
    id: "reward",
    title: "Reward",
    meaning: "Mean of the weighted rewards of the step's rollouts.",
    lines: alone("reward"),
  },
  {
    id: "accuracy",
    title: "Accuracy",
    meaning: "Share of the step's rollouts with the right answer.",
    lines: alone("accuracy", "answer"),
    range: [0, 1],
  },
  {
    id: "expert-rewards",
    title: "Expert scores of rollouts",
    meaning: "Mean score that each expert gave to valid rollouts.",
    lines: experts("reward"),
    zeroLine: true,
  },
  {
    id: "verified-rewards",
    title: "Verified rewards",
    meaning: "Mean answer reward and mean format reward.",
    lines: [
      { metric: "reward_answer", label: "Answer", colour: "answer" },
      { metric: "reward_format", label: "Format", colour: "format" },
    ],
    range: [0, 1],
  },
  {
    id: "caption",
    title: "Caption against the demonstration",
    meaning:
      "Recall: share of the demonstration's caption items that the rollout states. Precision: share of the rollout's items that the demonstration states.",
    lines: [
      { metric: "caption_recall", label: "Recall", colour: "perception" },
      { metric: "caption_precision", label: "Precision", colour: "format" },
    ],
    range: [0, 1],
  },
  {
    id: "structure",
    title: "Structure",
    meaning: "Mean number of caption items and of reasoning steps in a rollout.",
    lines: [
      { metric: "caption_items", label: "Caption items", colour: "perception" },
      { metric: "reasoning_steps", label: "Reasoning steps", colour: "reasoning" },
    ],
  },
  {
    id: "valid-share",
    title: "Well-formed share",
    meaning: "Share of rollouts in the caption, think, answer form.",
    lines: alone("valid_share", "format"),
    range: [0, 1],
  },
  {
    id: "discriminator-loss",
    title: "Discriminator loss",
    meaning: "Bradley-Terry loss of all that is read, with its penalties.",
    lines: alone("discriminator_loss", "text"),
  },
  {
    id: "score-spread",
    title: "Score spread",
    meaning: "Standard deviation of the scores of both sides, by expert.",
    lines: experts("score_spread"),
  },
  {
    id: "ties",
    title: "Ties",
    meaning: "Share of pairs with equal scores, by expert.",
    lines: experts("tie_share"),
    range: [0, 1],
  },
  {
    id: "clipped",
    title: "Clipped share",
    meaning:
      "Share of tokens whose ratio was clipped: below the lower bound against their advantage, or above the upper bound.",
    lines: [
      { metric: "clip_fraction", label: "All", colour: "text" },
      { metric: "clip_fraction_low", label: "Low", colour: "format" },
      { metric: "clip_fraction_high", label: "High", colour: "reasoning" },
    ],
  },
  {
    id: "time-share",
    title: "Shares of time",
    meaning:
      "Share of each step's time that drawing rollouts, judging and updating the policy took.",
    lines: phases("share"),
    range: [0, 1],
  },
  {
    id: "phase-throughput",
    title: "Throughput by phase",
    meaning:
      "Response tokens per second: of rollouts while they are drawn and judged, and of those learned from while the policy is updated.",
    lines: phases("tokens_per_second"),
  },
];

/** Metrics that a chart above shows; each of the others gets a chart of its own from the catalog. */
export const PLANNED = new Set(CHARTS.flatMap(({ lines }) => lines.map(({ metric }) => metric)));
