import type { ReactNode } from "react";

interface PanelFooterProps {
  notes: readonly ReactNode[];
  tools: ReactNode;
}

/** What is to be known of an own panel, and what can be done with it. */
export function PanelFooter({ notes, tools }: PanelFooterProps) {
  return (
    <footer className="flex min-h-6 items-center justify-between gap-2 text-small text-muted">
      <span className="flex min-w-0 flex-wrap gap-x-3">{notes}</span>
      {tools}
    </footer>
  );
}
