import { CircleCheck, TriangleAlert } from "lucide-react";
import type { ImportReport } from "@/api/schema";
import { Panel, PanelHeading } from "@/components/ui/panel";
import { formatCount, formatShare } from "@/format/numbers";
import { type Refused, refusedRows } from "./holdings";

/** What became of the rows of the source, and why some of them could not be used. */
export function ImportSummary({ report }: { report: ImportReport }) {
  const refused = refusedRows(report);
  const most = refused[0]?.rows ?? 1;
  return (
    <Panel data-testid="import">
      <PanelHeading
        aside={
          <span className="text-muted">
            {report.format} · {sourceLine(report.source)}
          </span>
        }
      >
        Import
      </PanelHeading>
      <Outcome report={report} />
      {refused.length > 0 && (
        <ul className="flex flex-col gap-1 border-t border-line px-4 py-3">
          {refused.map((one) => (
            <Reason key={one.reason} refused={one} most={most} />
          ))}
        </ul>
      )}
      {report.renamed > 0 && (
        <p className="border-t border-line px-4 py-2 text-muted">
          {formatCount(report.renamed)} rows had an id that was taken, and got another.
        </p>
      )}
    </Panel>
  );
}

function Outcome({ report: { rows, imported } }: { report: ImportReport }) {
  const lost = rows - imported;
  const Icon = lost === 0 ? CircleCheck : TriangleAlert;
  return (
    <p className="flex items-center gap-2 px-4 py-3">
      <Icon aria-hidden className={`size-4 shrink-0 ${lost === 0 ? "text-good" : "text-warn"}`} />
      <span>
        {lost === 0
          ? `All ${formatCount(rows)} rows could be used.`
          : `${formatCount(imported)} of ${formatCount(rows)} rows could be used; ${formatCount(lost)} (${formatShare(lost / rows)}%) are quarantined.`}
      </span>
    </p>
  );
}

function Reason({ refused: { reason, meaning, rows }, most }: { refused: Refused; most: number }) {
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_4rem] items-center gap-x-3 sm:grid-cols-[minmax(0,18rem)_4rem_minmax(0,1fr)]">
      <span className="truncate" title={reason}>
        {meaning}
      </span>
      <span className="tabular text-right">{formatCount(rows)}</span>
      <span aria-hidden className="h-1.5 max-w-96 rounded-small bg-sunken max-sm:hidden">
        <span
          className="block h-full rounded-small bg-warn"
          style={{ width: `${(100 * rows) / most}%`, minWidth: "2px" }}
        />
      </span>
    </li>
  );
}

function sourceLine(files: string[]): string {
  const [first = "", ...others] = files;
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}
