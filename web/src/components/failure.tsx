import { TriangleAlert } from "lucide-react";
import { explain } from "@/api/problem";
import { Button } from "./ui/button";

interface FailureProps {
  error: unknown;
  onRetry?: () => void;
}

/** What happened, and what to do about it. */
export function Failure({ error, onRetry }: FailureProps) {
  const { happened, remedy } = explain(error);
  return (
    <div
      role="alert"
      data-testid="failure"
      className="flex items-start gap-3 rounded-panel border border-line bg-bad-soft px-4 py-3"
    >
      <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />
      <div className="max-w-[72ch] min-w-0">
        <p className="font-medium">{happened}</p>
        {remedy && <p>{remedy}</p>}
        {onRetry && (
          <Button variant="link" size="text" className="mt-1" onClick={onRetry}>
            Try again
          </Button>
        )}
      </div>
    </div>
  );
}
