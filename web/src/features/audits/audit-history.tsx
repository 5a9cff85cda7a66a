import type { ReactNode } from "react";
import type { RunAudit } from "@/api/schema";
import { GameVerdict, verdictLook } from "@/components/game-verdict";
import { ColumnHead } from "@/components/ui/column-head";
import { ScrollFrame } from "@/components/ui/scroll-frame";
import { formatShare } from "@/format/numbers";
import { Numbers } from "./numbers";

/** More verdicts than this in a row say no more at a glance. */
const MOST_MARKS = 24;

interface Column {
  title: string;
  cell: (audit: RunAudit) => ReactNode;
}

const COLUMNS: Column[] = [
  { title: "Step", cell: ({ step }) => <span className="tabular">{step}</span> },
  { title: "Verdict", cell: ({ verdict }) => <GameVerdict verdict={verdict} /> },
  {
    title: "Accuracy",
    cell: (audit) => <Numbers audit={audit} of={({ accuracy }) => accuracy} digits={2} />,
  },
  {
    title: "Length-only",
    cell: (audit) => <Numbers audit={audit} of={(expert) => expert.length_accuracy} digits={2} />,
  },
  { title: "Gap", cell: (audit) => <Numbers audit={audit} of={({ gap }) => gap} digits={2} /> },
  {
    title: "At saturation",
    cell: (audit) => <Numbers audit={audit} of={(expert) => expert.saturation_gap} digits={2} />,
  },
  {
    title: "Spread",
    cell: (audit) => <Numbers audit={audit} of={(expert) => expert.score_spread} digits={2} />,
  },
  { title: "Ties", cell: (audit) => <Numbers audit={audit} of={({ ties }) => ties} digits={0} /> },
  { title: "Pairs", cell: ({ pairs }) => <span className="tabular">{pairs}</span> },
  {
    title: "Well-formed",
    cell: ({ valid_share }) => <span className="tabular">{formatShare(valid_share)}</span>,
  },
];

/** All verdicts in a row, oldest first, and what each was given for. */
export function AuditHistory({ audits }: { audits: readonly RunAudit[] }) {
  return (
    <details data-testid="audit-history">
      <summary className="w-fit cursor-pointer text-small text-muted hover:text-text">
        {audits.length} audits{" "}
        <span aria-hidden className="ml-1 inline-flex flex-wrap gap-0.5 align-middle">
          {audits.slice(-MOST_MARKS).map((audit) => (
            <Mark key={audit.step} audit={audit} />
          ))}
        </span>
      </summary>
      <ScrollFrame aria-label="Audits" className="mt-2 max-h-80">
        <table className="w-full text-left">
          <thead className="sticky top-0 bg-raised">
            <tr>
              {[...COLUMNS.map(({ title }) => title), "Reason"].map((title) => (
                <ColumnHead key={title}>{title}</ColumnHead>
              ))}
            </tr>
          </thead>
          <tbody>
            {audits.toReversed().map((audit) => (
              <tr key={audit.step} className="border-t border-line" data-testid="audit-row">
                {COLUMNS.map(({ title, cell }) => (
                  <td key={title} className="h-8 px-3 whitespace-nowrap">
                    {cell(audit)}
                  </td>
                ))}
                <td className="min-w-80 px-3 py-1.5 text-small text-muted">{audit.reason}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollFrame>
    </details>
  );
}

function Mark({ audit }: { audit: RunAudit }) {
  const { word } = verdictLook(audit.verdict);
  return (
    <span title={`step ${audit.step}: ${word}`}>
      <GameVerdict verdict={audit.verdict} short />
    </span>
  );
}
