import type { RunAudit } from "@/api/schema";
import { findings, type Pick } from "./findings";

const INKS: Record<string, string> = {
  perception: "text-perception-text",
  reasoning: "text-reasoning-text",
  response: "text-response-text",
};

interface NumbersProps {
  audit: RunAudit;
  of: Pick;
  digits: number;
}

/** A number of every expert, in the experts' colours and order; the interval on hover. */
export function Numbers({ audit, of, digits }: NumbersProps) {
  return findings(audit, of, digits).map(({ expert, text, worth }, index) => (
    <span key={expert ?? "all"}>
      {index > 0 && " / "}
      <span
        className={`tabular ${INKS[expert ?? ""] ?? ""}`}
        title={[expert, worth].filter(Boolean).join(" ") || undefined}
      >
        {text}
      </span>
    </span>
  ));
}
