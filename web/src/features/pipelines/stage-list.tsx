import { useState } from "react";
import type { RunSnapshot } from "@/api/schema";
import { isFinal } from "@/components/run-state";
import { StageRow } from "./stage-row";

/** More rows than this would push the chosen run out of sight. */
const MOST_OPEN = 6;

interface StageListProps {
  runs: RunSnapshot[];
  selected: string | undefined;
  onSelect: (runId: string) => void;
}

/** The runs line by line; many of them folded away until one is to be chosen. */
export function StageList({ runs, selected, onSelect }: StageListProps) {
  const [isOpen, setOpen] = useState(false);
  const list = (
    <ul className="divide-y divide-line">
      {runs.map((run) => (
        <li key={run.id}>
          <StageRow
            run={run}
            selected={run.id === selected}
            onSelect={() => {
              setOpen(false);
              onSelect(run.id);
            }}
          />
        </li>
      ))}
    </ul>
  );
  const frame = "rounded-panel border border-line bg-raised";
  return runs.length <= MOST_OPEN ? (
    <div className={frame}>{list}</div>
  ) : (
    <details
      className={frame}
      open={isOpen}
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
    >
      <summary className="cursor-pointer px-3 py-2" data-testid="stage-summary">
        <span className="font-medium">{runs.length} runs</span>
        <span className="text-muted">: {countsOf(runs)}</span>
      </summary>
      <div className="border-t border-line">{list}</div>
    </details>
  );
}

/** How many runs are in which state, in words. */
function countsOf(runs: readonly RunSnapshot[]): string {
  const counts = new Map<string, number>();
  for (const { state } of runs) {
    const word = isFinal(state) || state === "running" ? state : "waiting";
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts].map(([word, count]) => `${count} ${word}`).join(", ");
}
