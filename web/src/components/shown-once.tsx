import { CopyButton } from "./copy-button";

interface ShownOnceProps {
  secret: string;
  what: string;
}

/** A secret that the server does not keep: here is the only time to copy it. */
export function ShownOnce({ secret, what }: ShownOnceProps) {
  return (
    <div
      role="status"
      data-testid="shown-once"
      className="border-b border-line bg-good-soft px-4 py-3"
    >
      <p className="font-medium">{what} Copy it now: it is not shown again.</p>
      <div className="mt-1.5 flex min-w-0 items-center gap-2">
        <code className="tabular min-w-0 flex-1 truncate rounded-small border border-line bg-raised px-2.5 py-1">
          {secret}
        </code>
        <CopyButton text={() => secret} label="text" />
      </div>
    </div>
  );
}
