import type { Estimate, MetricMeaning } from "@/api/schema";
import { formatShare } from "@/format/numbers";

/** A column of the results table. */
export interface ScoreColumn {
  metric: string;
  title: string;
  meaning: string;
  /** Shares are shown as percentages; counts and distances as they are. */
  share: boolean;
  /** Counts are to meet the supervision's rather than to be high, so that none of them is best. */
  better: MetricMeaning["better"];
  /** Whether it belongs to the table that everybody reads. */
  main: boolean;
}

/** The main columns in their order, and what those are called whose own name would be too short. */
const MAIN: Record<string, string | undefined> = {
  score: "Score of its authors",
  accuracy_greedy: "Accuracy, greedy",
  accuracy_sampled: "Accuracy, sampled",
  caption_recall: undefined,
  caption_precision: undefined,
  caption_faithfulness: undefined,
  valid_share: "Well-formed",
  caption_items: undefined,
  reasoning_steps: undefined,
};

/** A column for every metric, the main ones first. */
export function columnsOf(metrics: readonly MetricMeaning[]): ScoreColumn[] {
  const order = Object.keys(MAIN);
  const place = (name: string) => (name in MAIN ? order.indexOf(name) : order.length);
  return metrics
    .map(({ name, title, meaning, unit, better }) => ({
      metric: name,
      title: MAIN[name] ?? title,
      meaning,
      share: unit === "",
      better,
      main: name in MAIN,
    }))
    .sort((a, b) => place(a.metric) - place(b.metric));
}

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
