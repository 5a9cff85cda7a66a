import { expect, it } from "vitest";
import { toCsv, toLatex, toMarkdown } from "./export";
import type { Grid } from "./grid";

const estimate = (value: number) => ({ value, low: value - 0.01, high: value + 0.01, n: 512 });

const grid: Grid = {
  title: "Accuracy, greedy",
  columns: [
    { key: "chart", title: "chart", share: true, meaning: "", better: "up", interval: true },
    { key: "mean", title: "Avg", share: true, meaning: "", better: "up", interval: false },
  ],
  rows: [
    {
      key: "a",
      arm: "SFT",
      pipelineId: "p",
      cells: [
        { estimate: estimate(0.5), reason: "" },
        { plain: 0.5, reason: "" },
      ],
    },
    {
      key: "b",
      arm: "SFT_2 | 50%",
      pipelineId: "p",
      cells: [{ estimate: estimate(0.6), reason: "" }, { reason: "no" }],
    },
  ],
  foot: [{ title: "Most common answer", testId: "majority", texts: ["25.0", ""] }],
};

const head =
  "table,pipeline,arm,column,value,low,high,n,seeds,against,difference,difference_low,difference_high,p";

it("writes Markdown with the best in bold", () => {
  expect(toMarkdown(grid)).toBe(`| Arm | chart | Avg |
| --- | ---: | ---: |
| SFT | 50.0 [49.0, 51.0] | 50.0 |
| SFT_2 \\| 50% | **60.0** [59.0, 61.0] | – |
| Most common answer | 25.0 |  |
`);
});

it("writes LaTeX that compiles whatever an arm is called", () => {
  expect(toLatex(grid)).toBe(`\\begin{tabular}{lrr}
\\toprule
Arm & chart & Avg \\\\
\\midrule
SFT & 50.0 {\\scriptsize [49.0, 51.0]} & 50.0 \\\\
SFT\\_2 | 50\\% & \\textbf{60.0} {\\scriptsize [59.0, 61.0]} & – \\\\
\\midrule
Most common answer & 25.0 &  \\\\
\\bottomrule
\\end{tabular}
`);
});

it("writes every number in full as CSV, and no name that a spreadsheet would run", () => {
  const hostile = { ...grid, rows: [{ ...(grid.rows[0] as Grid["rows"][0]), arm: '=1,"2"' }] };
  expect(toCsv(hostile)).toBe(`${head}
"Accuracy, greedy",p,"'=1,""2""",chart,0.5,0.49,0.51,512,1,,,,,
"Accuracy, greedy",p,"'=1,""2""",mean,0.5,,,,1,,,,,
`);
});

it("carries the marks of the paired test into every format", () => {
  const paired = {
    arm: "SFT",
    difference: { value: 0.1, low: 0.05, high: 0.15, n: 512 },
    groups: 512,
    only_this: 60,
    only_other: 9,
    p: 0.0123,
  };
  const [first, second] = grid.rows as [Grid["rows"][0], Grid["rows"][0]];
  const [cell, mean] = second.cells as [Grid["rows"][0]["cells"][0], Grid["rows"][0]["cells"][0]];
  const marked = { ...grid, rows: [first, { ...second, cells: [{ ...cell, paired }, mean] }] };
  expect(toMarkdown(marked)).toContain("| **60.0**▲ [59.0, 61.0] |");
  expect(toMarkdown(marked)).toContain(
    "\n▲ higher and ▼ lower than the arm that it was compared with, by the exact paired test (largest marked p = 0.012).",
  );
  expect(toLatex(marked)).toContain(
    "\\textbf{60.0}\\textsuperscript{$\\uparrow$} {\\scriptsize [59.0, 61.0]}",
  );
  expect(toCsv(marked)).toContain("SFT_2 | 50%,chart,0.6,0.59,0.61,512,1,SFT,0.1,0.05,0.15,0.0123");
});
