import type { GatePassed } from "@/api/schema";

/** Every gate once, in order: a resumed run passes its gates again and says the same. */
export function funnelOf(gates: readonly GatePassed[]): GatePassed[] {
  const newest = new Map(gates.map((gate) => [gate.gate, gate]));
  return [...newest.values()].sort((first, second) => first.step - second.step);
}

/** Why items were dropped, the most common reason first. */
export function reasonsOf({ reasons }: GatePassed): string {
  return Object.entries(reasons)
    .sort(([, first], [, second]) => second - first)
    .map(([reason, count]) => `${count} ${reason}`)
    .join("; ");
}
