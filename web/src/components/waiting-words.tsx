import type { ExpectedStart } from "@/api/schema";
import { formatWait } from "@/format/time";
import { useNow } from "./use-now";

interface WaitingProps {
  reason?: string | null | undefined;
  starts?: ExpectedStart | null | undefined;
}

/** Why something waits, and how long that will probably take, where it is known. */
export function WaitingWords({ reason, starts }: WaitingProps) {
  const now = useNow(10_000);
  return (
    <>
      {reason}
      {reason && starts && (
        <span title="By the progress and the limits of what goes before it; what is launched or lost meanwhile may change it">
          , {formatWait(starts, now)}
        </span>
      )}
    </>
  );
}
