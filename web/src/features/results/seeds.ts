import type { ArmResult, Estimate } from "@/api/schema";
import { folded } from "@/statistics";
import type { Row } from "./rows";

/**
 * Rows of one arm with several seeds as one row: the mean over seeds, its 95% t-interval over them.
 *
 * What of a study is not told apart by its seed stays as it is. A paired test is of two policies, so
 * that a mean over several has none.
 */
export function foldedSeeds(rows: readonly Row[]): Row[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const study = Object.values(row.scored)[0]?.study_id;
    const key = study ? `${study} ${row.arm}` : row.key;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups].map(([key, members]) =>
    members.length === 1 ? only(members) : mean(key, members),
  );
}

function only([row]: readonly Row[]): Row {
  return row as Row;
}

function mean(key: string, rows: readonly Row[]): Row {
  const first = only(rows);
  const benchmarks = new Set(rows.flatMap(({ scored }) => Object.keys(scored)));
  const scored = [...benchmarks].map((benchmark): [string, ArmResult] => {
    const results = rows.flatMap((row) => row.scored[benchmark] ?? []);
    return [benchmark, meanOf(results)];
  });
  const waits = rows.find((row) => row.waits)?.waits;
  return { ...first, key, scored: Object.fromEntries(scored), waits, seeds: rows.length };
}

function meanOf(results: readonly ArmResult[]): ArmResult {
  const first = results[0] as ArmResult;
  const names = new Set(results.flatMap(({ scores }) => Object.keys(scores)));
  const scores = [...names].map((name): [string, Estimate] => {
    const known = results.flatMap((result) => result.scores[name] ?? []);
    const [alone] = known;
    return [
      name,
      known.length === 1 && alone
        ? alone
        : { ...folded(known.map(({ value }) => value)), n: Math.min(...known.map(({ n }) => n)) },
    ];
  });
  const seconds = results.reduce((sum, result) => sum + result.seconds, 0) / results.length;
  return { ...first, scores: Object.fromEntries(scores), seconds, paired: null };
}
