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
  return [
    { title: "Benchmarks", benchmarks: ordered },
    { title: "Miniature suite", benchmarks: mirrors },
    { title: "Further data sets", benchmarks: others },
  ]
    .map(({ title, benchmarks: members }) => {
      const found = members.filter((name) => benchmarks.includes(name));
      return { title, benchmarks: found, complete: found.length === ordered.length };
    })
    .filter(({ benchmarks: found }) => found.length > 0);
}

/** A benchmark's name under the title of its suite. */
export function shortName(benchmark: string): string {
  return headOf(benchmark) ? benchmark.replace(MINIATURE, "") : benchmark;
}

/** `Math` or `General` for a benchmark of the paper or what mirrors it. */
export function headOf(benchmark: string): string | undefined {
  return PAPER[benchmark.replace(MINIATURE, "")];
}
