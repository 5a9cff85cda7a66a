import { expect, it } from "vitest";
import type { GatePassed } from "@/api/schema";
import { funnelOf, reasonsOf } from "./gates";

function gate(step: number, name: string, kept: number, reasons = {}): GatePassed {
  const at = "2030-01-01T10:00:00Z";
  return {
    type: "gate_passed",
    seq: step,
    at,
    step,
    gate: name,
    title: name,
    given: 10,
    kept,
    reasons,
    notes: {},
  };
}

it("shows every gate once, as the newest attempt passed it", () => {
  const said = [gate(1, "ingest", 9), gate(2, "gold", 8), gate(1, "ingest", 7)];
  expect(funnelOf(said).map(({ gate, kept }) => [gate, kept])).toEqual([
    ["ingest", 7],
    ["gold", 8],
  ]);
});

it("names the most common reason first", () => {
  expect(reasonsOf(gate(1, "verify", 4, { "wrong answer": 2, "gold suspect": 4 }))).toBe(
    "4 gold suspect; 2 wrong answer",
  );
  expect(reasonsOf(gate(1, "verify", 4))).toBe("");
});
