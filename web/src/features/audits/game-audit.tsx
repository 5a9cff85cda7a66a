import { useQuery } from "@tanstack/react-query";
import { auditsQuery } from "@/api/runs";
import type { RunAudit, RunSnapshot } from "@/api/schema";
import { GameVerdict } from "@/components/game-verdict";
import { AuditHistory } from "./audit-history";
import { Numbers } from "./numbers";

/** How the game of a run stands, by its newest audit, and how it stood before. */
export function GameAudit({ run }: { run: RunSnapshot }) {
  const { data: audits = [] } = useQuery(auditsQuery(run.id, run.audit?.step));
  if (!run.audit) {
    return null;
  }
  return (
    <section aria-label="Audit of the game" data-testid="audit" className="flex flex-col gap-1">
      <Sentence audit={run.audit} />
      <p className="max-w-[72ch] text-muted" data-testid="audit-reason">
        {run.audit.reason}
      </p>
      {audits.length > 1 && <AuditHistory audits={audits} />}
    </section>
  );
}

function Sentence({ audit }: { audit: RunAudit }) {
  if (Object.keys(audit.experts).length === 0) {
    return (
      <p data-testid="audit-sentence" className="leading-6">
        <span className="font-medium">Game:</span> <GameVerdict verdict={audit.verdict} /> — not one
        well-formed held-out pair at step <span className="tabular">{audit.step}</span>
      </p>
    );
  }
  return (
    <p data-testid="audit-sentence" className="leading-6">
      <span className="font-medium">Game:</span> <GameVerdict verdict={audit.verdict} /> — held-out
      accuracy <Numbers audit={audit} of={({ accuracy }) => accuracy} digits={2} />, length-only{" "}
      <Numbers audit={audit} of={({ length_accuracy }) => length_accuracy} digits={2} />, gap{" "}
      <Numbers audit={audit} of={({ gap }) => gap} digits={1} /> of{" "}
      <Numbers audit={audit} of={({ saturation_gap }) => saturation_gap} digits={1} /> at saturation
      <span className="text-muted">
        {" "}
        · step <span className="tabular">{audit.step}</span>,{" "}
        <span className="tabular">{audit.pairs}</span> pairs
      </span>
    </p>
  );
}
