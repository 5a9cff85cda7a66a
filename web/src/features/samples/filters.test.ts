import { expect, it } from "vitest";
import type { Response, StepSample } from "@/api/schema";
import { counts, filtered, firstRollout } from "./filters";

function response(changes: Partial<Response>): Response {
  return { text: "", valid: true, tokens: 1, rewards: {}, correct: true, ...changes };
}

function scored(perception: number, reasoning: number, changes: Partial<Response> = {}): Response {
  return response({
    caption: { text: "", score: perception },
    reasoning: { text: "", score: reasoning },
    ...changes,
  });
}

function item(name: string, demonstration: Response | null, ...rollouts: Response[]): StepSample {
  const sample = { item: name, question: "", images: [], demonstration, rollouts };
  return { step: 1, attempt: 1, sample };
}

const SAMPLES = [
  item("near", scored(1, 1), scored(1, 1), scored(0.9, 0.8, { correct: false })),
  item("far", scored(2, 2), scored(2, 2), scored(-1, -3), response({ valid: false })),
  item("whole", response({ score: 1 }), response({ score: -0.5 })),
  item("alone", null, scored(1, 1)),
];

const names = (samples: readonly StepSample[]) => samples.map(({ sample }) => sample.item);

it("puts the widest gap first, by sections or by whole responses, and leaves out who has none", () => {
  expect(names(filtered(SAMPLES, "gap"))).toEqual(["far", "whole", "near"]);
  expect(SAMPLES.slice(0, 2).map((one) => firstRollout(one, "gap"))).toEqual([1, 1]);
});

it("puts first what the experts see most differently, and leaves out what only one has scored", () => {
  const samples = [
    item("alike", scored(2, 2), scored(-1, -1.5)),
    item("apart", scored(1, 1), scored(1, 1), scored(2, -2)),
    item("whole", response({ score: 1 }), response({ score: -0.5 })),
  ];
  expect(names(filtered(samples, "disagreement"))).toEqual(["apart", "alike"]);
  expect(firstRollout(samples[1] as StepSample, "disagreement")).toBe(1);
});

it("keeps the items with a rollout that passes, and begins with that rollout", () => {
  expect(names(filtered(SAMPLES, "wrong"))).toEqual(["near"]);
  expect(names(filtered(SAMPLES, "malformed"))).toEqual(["far"]);
  expect(firstRollout(SAMPLES[1] as StepSample, "malformed")).toBe(2);
});

it("counts what each filter would show", () => {
  expect(counts(SAMPLES)).toEqual({ all: 7, wrong: 1, malformed: 1, gap: 3, disagreement: 2 });
});
