import { colourOf, type RunGroup } from "@/components/compared-run";

/** A run's colour and name. */
export function RunSwatch({ group: { label, place, members } }: { group: RunGroup }) {
  return (
    <span className="inline-flex min-w-0 max-w-full items-center gap-1.5">
      <span
        aria-hidden
        className="size-2.5 shrink-0 rounded-small"
        style={{ background: colourOf(place).colour }}
      />
      <span className="truncate text-text">{label}</span>
      {members.length > 1 && (
        <span className="shrink-0 font-normal text-muted">{members.length} seeds</span>
      )}
    </span>
  );
}
