import { expect, test } from "vitest";
import type { RunSnapshot } from "@/api/schema";
import { fakeRun } from "@/testing/fake-run";
import { alertOf } from "./state-toasts";

function audited(verdict: "healthy" | "saturated"): Partial<RunSnapshot> {
  return {
    audit: {
      step: 25,
      attempt: 1,
      at: "2026-01-01T00:00:00Z",
      pairs: 256,
      verdict,
      reason: "99% of pairs",
      valid_share: 1,
      experts: {},
    },
  };
}

test("a verdict that alarms is said once, when it comes", () => {
  const healthy = fakeRun(audited("healthy"));
  const saturated = fakeRun({ name: "align", ...audited("saturated") });
  expect(alertOf(healthy, saturated)).toEqual({
    title: "align: saturated",
    detail: "99% of pairs",
    tone: "bad",
  });
  expect(alertOf(saturated, saturated)).toBeNull();
  expect(alertOf(saturated, healthy)).toBeNull();
});

test("a run that stalls is said once, and again after it went on", () => {
  const moving = fakeRun({ name: "sft" });
  const stalled = fakeRun({ name: "sft", stalled_at: "2026-01-01T00:00:00Z" });
  expect(alertOf(moving, stalled)?.title).toBe("sft: stalled");
  expect(alertOf(stalled, stalled)).toBeNull();
});
