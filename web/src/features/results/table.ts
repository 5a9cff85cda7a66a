import type { ArmResult } from "@/api/schema";
import { formatShare } from "@/format/numbers";

export type Estimate = ArmResult["scores"][string];

/** A column of the results table. */
export interface ScoreColumn {
  metric: string;
  title: string;
  /** Shares are shown as percentages; counts as they are. */
  share: boolean;
  /** Counts are to meet the supervision's rather than to be high, so that none of them is best. */
  ranked: boolean;
}

export const COLUMNS: ScoreColumn[] = [
  { metric: "accuracy_greedy", title: "Accuracy, greedy", share: true, ranked: true },
  { metric: "accuracy_sampled", title: "Accuracy, sampled", share: true, ranked: true },
  { metric: "caption_recall", title: "Caption recall", share: true, ranked: true },
  { metric: "caption_precision", title: "Caption precision", share: true, ranked: true },
  { metric: "caption_faithfulness", title: "Faithfulness", share: true, ranked: true },
  { metric: "valid_share", title: "Well-formed", share: true, ranked: true },
  { metric: "caption_items", title: "Items per caption", share: false, ranked: false },
  { metric: "reasoning_steps", title: "Reasoning steps", share: false, ranked: false },
];

/** The columns that any of the arms has a score for. */
export function columnsOf(arms: readonly ArmResult[]): ScoreColumn[] {
  return COLUMNS.filter(({ metric }) => arms.some(({ scores }) => metric in scores));
}

/** `66.2 [64.8, 67.5]` for a share, `3.12 [3.05, 3.19]` for a count. */
export function formatEstimate({ value, low, high }: Estimate, share: boolean): string {
  return `${formatScore(value, share)} [${formatScore(low, share)}, ${formatScore(high, share)}]`;
}

export function formatScore(value: number, share: boolean): string {
  return share ? formatShare(value) : value.toFixed(2);
}

/** The highest value of a column; arms that share it, as shown, share the honour. */
export function bestOf(arms: readonly ArmResult[], { metric, share }: ScoreColumn) {
  const values = arms.flatMap(({ scores }) => (scores[metric] ? [scores[metric].value] : []));
  return values.length < 2 ? undefined : formatScore(Math.max(...values), share);
}

/** The supervision's own number for a column, the same for all arms of a benchmark. */
export function supervisionOf(arms: readonly ArmResult[], metric: string): number | undefined {
  return arms.find(({ supervision }) => metric in supervision)?.supervision[metric];
}
