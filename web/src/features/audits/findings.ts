import type { Estimate, ExpertAudit, RunAudit } from "@/api/schema";

/** One number of an audit, said by one expert or by all of them alike. */
interface Finding {
  /** Undefined where all experts say the same. */
  expert: string | undefined;
  text: string;
  /** What the number is worth, where that is known. */
  worth: string | undefined;
}

export type Pick = (expert: ExpertAudit) => Estimate | number | null | undefined;

const ORDER = ["perception", "reasoning"];

/** The experts of an audit, perception first. */
function expertsOf(audit: RunAudit): [name: string, expert: ExpertAudit][] {
  const place = (name: string) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return Object.entries(audit.experts).sort(([a], [b]) => place(a) - place(b) || (a < b ? -1 : 1));
}

/** A number of every expert; one where all of them say the same. */
export function findings(audit: RunAudit, pick: Pick, digits: number): Finding[] {
  const all = expertsOf(audit).map(([expert, numbers]) => finding(expert, pick(numbers), digits));
  const [first] = all;
  return first && all.length > 1 && all.every(({ text }) => text === first.text)
    ? [{ ...first, expert: undefined }]
    : all;
}

function finding(expert: string, picked: ReturnType<Pick>, digits: number): Finding {
  if (picked == null) {
    return { expert, text: "–", worth: undefined };
  }
  if (typeof picked === "number") {
    return { expert, text: picked.toFixed(digits), worth: undefined };
  }
  const [low, high] = [picked.low.toFixed(digits), picked.high.toFixed(digits)];
  const worth = `[${low}, ${high}], n = ${picked.n}`;
  return { expert, text: picked.value.toFixed(digits), worth };
}
