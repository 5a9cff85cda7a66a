import type { ArmResult, Estimate, PipelineSnapshot, RunSnapshot, Structure } from "@/api/schema";
import { folded } from "@/statistics";
import { type Measured, meanCurve } from "./curves";
import type { Figure, FigurePoint, FigureSeries } from "./figure";
import { added, densityOf } from "./structure";

/** More would not be told apart by their colours. */
export const MOST_ARMS = 8;

/** Runs of one name, a seed each. */
export interface SeedGroup {
  label: string;
  runs: RunSnapshot[];
}

type ColourOf = (place: number) => string;

/** The runs of a kind in some pipelines that differ in their seeds alone, by what they are called. */
export function seedGroups(
  pipelines: readonly PipelineSnapshot[],
  kind: RunSnapshot["kind"],
  called: (run: RunSnapshot) => string,
): SeedGroup[] {
  const groups = new Map<string, RunSnapshot[]>();
  for (const run of pipelines.flatMap(({ runs }) => runs)) {
    if (run.kind === kind) {
      groups.set(called(run), [...(groups.get(called(run)) ?? []), run]);
    }
  }
  return [...groups].slice(0, MOST_ARMS).map(([label, runs]) => ({ label, runs }));
}

/** The row that an evaluation scores under. */
export function armOf({ name, config }: RunSnapshot): string {
  const { arm, policy } = config as { arm?: string | null; policy?: { run?: string } };
  return arm ?? policy?.run ?? name;
}

/** How the gap of each expert goes while the policy learns. */
export function gapFigure(
  groups: readonly SeedGroup[],
  curveOf: (run: RunSnapshot, metric: string) => readonly Measured[],
  colourOf: ColourOf,
): Figure {
  const experts = [
    { metric: "gap_perception", title: "perception" },
    { metric: "gap_reasoning", title: "reasoning" },
    { metric: "gap_response", title: "whole response" },
  ];
  const series = groups.flatMap(({ label, runs }, group) =>
    experts.map(
      ({ metric, title }, expert): FigureSeries => ({
        label: groups.length > 1 ? `${label}, ${title}` : title,
        colour: groups.length > 1 ? colourOf(group) : colourOf(expert + 2),
        look: "line",
        dashed: groups.length > 1 && metric === "gap_reasoning",
        points: meanCurve(runs.map((run) => curveOf(run, metric))),
      }),
    ),
  );
  return {
    name: "reward-gap",
    title: "Reward gap while the policy is aligned",
    x: "Step",
    y: "Supervision minus policy",
    fromZero: true,
    series: series.filter(({ points }) => points.length > 0),
  };
}

/** How many caption items, or reasoning steps, responses have, beside the supervision's. */
export function structureFigure(
  what: "caption_items" | "reasoning_steps",
  arms: readonly { label: string; structures: readonly Structure[] }[],
  colourOf: ColourOf,
): Figure {
  const known = arms.filter(({ structures }) => structures.length > 0);
  const supervision = densityOf(known[0]?.structures[0]?.[what].supervision ?? []);
  const series = known.map(
    ({ label, structures }, place): FigureSeries => ({
      label,
      colour: colourOf(place),
      look: "area",
      points: densityOf(added(structures.map((structure) => structure[what].policy))),
    }),
  );
  return {
    name: what.replace("_", "-"),
    title: what === "caption_items" ? "Items per caption" : "Reasoning steps",
    x: what === "caption_items" ? "Caption items" : "Reasoning steps",
    y: "Share of responses, %",
    fromZero: true,
    series: [
      ...series,
      { label: "Supervision", colour: NEUTRAL, look: "area", dashed: true, points: supervision },
    ].filter(({ points }) => points.length > 0) as FigureSeries[],
  };
}

const NEUTRAL = "#8c8c8c";

/** What an arm gets right greedily against how long its responses are. */
export function tokensFigure(results: readonly ArmResult[], colourOf: ColourOf): Figure {
  const arms = [...new Set(results.map(({ arm }) => arm))].slice(0, MOST_ARMS);
  const series = arms.map((arm, place): FigureSeries => {
    const own = results.filter((result) => result.arm === arm);
    return {
      label: own.length > 1 ? `${arm} (${own.length} seeds)` : arm,
      colour: colourOf(place),
      look: "points",
      points: pointOf(own),
    };
  });
  return {
    name: "accuracy-tokens",
    title: "Accuracy against tokens",
    x: "Mean tokens of a response",
    y: "Greedy accuracy, %",
    series: series.filter(({ points }) => points.length > 0),
  };
}

function pointOf(results: readonly ArmResult[]): FigurePoint[] {
  const both = results.flatMap(({ scores: { response_tokens, accuracy_greedy } }) =>
    response_tokens && accuracy_greedy ? [[response_tokens, accuracy_greedy] as const] : [],
  );
  if (both.length === 0) {
    return [];
  }
  const [tokens, accuracy] = [0, 1].map((side) =>
    spreadOf(both.map((one) => one[side] as Estimate)),
  );
  return tokens && accuracy
    ? [
        {
          x: tokens.value,
          left: tokens.low,
          right: tokens.high,
          y: 100 * accuracy.value,
          low: 100 * accuracy.low,
          high: 100 * accuracy.high,
        },
      ]
    : [];
}

/** Of one seed the interval over its items, of several that over seeds. */
function spreadOf(estimates: readonly Estimate[]) {
  return estimates.length === 1 ? estimates[0] : folded(estimates.map(({ value }) => value));
}
