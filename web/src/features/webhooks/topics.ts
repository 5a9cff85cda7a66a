import type { DeliverySnapshot, WebhookSnapshot } from "@/api/schema";

type Topic = WebhookSnapshot["topics"][number];

/** What a webhook can be told of. */
export const TOPICS: Record<Topic, { word: string; meaning: string }> = {
  "alert.raised": {
    word: "alerts",
    meaning: "A run diverged, stalled, or its game or sampler went wrong",
  },
  "pipeline.finished": { word: "ends of pipelines", meaning: "A pipeline has come to its end" },
  "run.state_changed": { word: "states of runs", meaning: "A run was queued, claimed, ended …" },
  "audit.verdict_changed": { word: "verdicts", meaning: "The audit sees the game otherwise" },
};

export const TOPIC_NAMES = Object.keys(TOPICS) as Topic[];

export function topicWord(topic: DeliverySnapshot["topic"]): string {
  return topic === "ping" ? "test" : TOPICS[topic].word;
}
