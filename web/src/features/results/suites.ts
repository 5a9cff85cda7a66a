/** The benchmarks of the paper's tables, in their order and under its two heads. */
const PAPER: Record<string, string> = {
  MathVista: "Math",
  MathVerse: "Math",
  MathVision: "Math",
  WeMath: "Math",
  MMMU: "General",
  "MMMU-Pro": "General",
  HallusionBench: "General",
};

const MINIATURE = "miniature ";

/** Benchmarks that stand in one table and are averaged together. */
export interface Suite {
  title: string;
  benchmarks: string[];
  /** Whether these are the seven of the paper, or all that mirror them. */
  complete: boolean;
}

/** The paper's benchmarks, those that mirror them in miniature, and all others. */
export function suitesOf(benchmarks: readonly string[]): Suite[] {
  const ordered = Object.keys(PAPER);
  const mirrors = ordered.map((name) => `${MINIATURE}${name}`);
  const others = benchmarks.filter((name) => ![...ordered, ...mirrors].includes(name));
  const has = (members: string[]) => members.some((name) => benchmarks.includes(name));
  const all = (members: string[]) => members.every((name) => benchmarks.includes(name));
  // All seven columns stand there as soon as one has a score: a mean of fewer is another number.
  return [
    { title: "Benchmarks", benchmarks: ordered, complete: all(ordered) },
    { title: "Miniature suite", benchmarks: mirrors, complete: all(mirrors) },
    { title: "Further data sets", benchmarks: others, complete: false },
  ].filter(({ benchmarks: members }) => has(members));
}

/** A benchmark's name under the title of its suite. */
export function shortName(benchmark: string): string {
  return headOf(benchmark) ? benchmark.replace(MINIATURE, "") : benchmark;
}

/** `Math` or `General` for a benchmark of the paper or what mirrors it. */
export function headOf(benchmark: string): string | undefined {
  return PAPER[benchmark.replace(MINIATURE, "")];
}
