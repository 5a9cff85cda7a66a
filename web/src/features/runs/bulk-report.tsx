import { Dialog } from "@/components/ui/dialog";
import { RefusedRuns } from "./refused-runs";
import type { BulkResult } from "./use-bulk";

interface BulkReportProps {
  result: BulkResult | undefined;
  onClose: () => void;
}

/** To which of the chosen runs something could not be done, and why; nothing where all went well. */
export function BulkReport({ result, onClose }: BulkReportProps) {
  if (!result || result.refused.length === 0) {
    return null;
  }
  const { done, runs, refused } = result;
  return (
    <Dialog open onOpenChange={onClose} title={`${done}: ${runs - refused.length} of ${runs}`}>
      <div className="flex min-h-0 flex-col gap-3 px-5 pt-1 pb-4" data-testid="bulk-report">
        <p>{refused.length === 1 ? "One run refused:" : `${refused.length} runs refused:`}</p>
        <RefusedRuns refused={refused} />
      </div>
    </Dialog>
  );
}
