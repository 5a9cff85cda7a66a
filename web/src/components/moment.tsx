import { formatAgo, formatDuration, formatInstant, secondsBetween } from "@/format/time";
import { useNow } from "./use-now";

/** How long ago; the exact time on hover. */
export function Ago({ instant }: { instant: string }) {
  const now = useNow(10_000);
  return (
    <time dateTime={instant} title={formatInstant(instant)} className="whitespace-nowrap">
      {formatAgo(instant, now)}
    </time>
  );
}

interface ElapsedProps {
  from: string;
  until: string | null | undefined;
}

/** How long something took, or has been going on. */
export function Elapsed({ from, until }: ElapsedProps) {
  const now = useNow(1_000);
  return (
    <span className="whitespace-nowrap tabular-nums">
      {formatDuration(secondsBetween(from, until, now))}
    </span>
  );
}
