import type { Estimate } from "@/api/schema";
import { formatShare } from "@/format/numbers";

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

export function formatScore(value: number, share: boolean): string {
  return share ? formatShare(value) : value.toFixed(2);
}

/** `[64.8, 67.5]` for a share, `[3.05, 3.19]` for a count. */
export function formatInterval({ low, high }: Pick<Estimate, "low" | "high">, share: boolean) {
  return `[${formatScore(low, share)}, ${formatScore(high, share)}]`;
}

/** A difference with its sign, `+2.3`; a minus as long as a plus. */
export function formatDifference(value: number, share: boolean): string {
  const text = formatScore(Math.abs(value), share);
  return `${value < 0 ? "−" : "+"}${text}`;
}
