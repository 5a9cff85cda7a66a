import { expect, it } from "vitest";
import type { AlertSnapshot, CheckpointSnapshot } from "@/api/schema";
import { fakeAudit } from "@/testing/fake-run";
import { marksNear, marksOf } from "./marks";

function checkpoint(step: number, kind: CheckpointSnapshot["kind"]): CheckpointSnapshot {
  return { step, kind } as CheckpointSnapshot;
}

function alert(kind: AlertSnapshot["kind"], step: number | null): AlertSnapshot {
  return { kind, step, message: "so it was" } as AlertSnapshot;
}

it("marks alerts where their run was, but no verdict a second time", () => {
  const alerts = [alert("stalled", 30), alert("saturated", 40), alert("finished", null)];
  expect(marksOf([], alerts, [], { 1: 1 })).toEqual([
    { step: 30, kind: "alert", tone: "bad", words: "stalled: so it was" },
  ]);
});

it("marks audits by their verdict, checkpoints once per step, and where a run went on", () => {
  const audits = [fakeAudit(), fakeAudit({ step: 50, verdict: "leaking" })];
  const saved = [
    checkpoint(40, "resumable"),
    checkpoint(40, "resumable"),
    checkpoint(60, "exported"),
  ];
  expect(marksOf(audits, [], saved, { 1: 1, 2: 41 })).toEqual([
    { step: 25, kind: "audit", tone: "good", words: "audit: healthy" },
    { step: 40, kind: "checkpoint", tone: "muted", words: "checkpoint" },
    { step: 41, kind: "attempt", tone: "muted", words: "attempt 2 begins" },
    { step: 50, kind: "audit", tone: "bad", words: "audit: leaking" },
  ]);
});

it("finds the marks near a step, however much the axis spans", () => {
  const marks = marksOf([fakeAudit()], [], [checkpoint(24, "resumable")], {});
  expect(marksNear(marks, 25, 40).map(({ step }) => step)).toEqual([25]);
  expect(marksNear(marks, 30, 1000).map(({ kind }) => kind)).toEqual(["audit", "checkpoint"]);
});
