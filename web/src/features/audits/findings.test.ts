import { expect, it } from "vitest";
import { fakeAudit } from "@/testing/fake-run";
import { findings } from "./findings";

const audit = fakeAudit();

it("gives every expert's number, perception first, with what it is worth", () => {
  const { perception, reasoning } = audit.experts;
  const turned = fakeAudit({ experts: { reasoning, perception } as typeof audit.experts });
  expect(findings(turned, ({ accuracy }) => accuracy, 2)).toEqual([
    { expert: "perception", text: "0.71", worth: "[0.65, 0.77], n = 256" },
    { expert: "reasoning", text: "0.66", worth: "[0.60, 0.72], n = 256" },
  ]);
});

it("says once what all experts say alike, and a dash where there is no number", () => {
  expect(findings(audit, ({ saturation_gap }) => saturation_gap, 1)).toEqual([
    { expert: undefined, text: "6.4", worth: undefined },
  ]);
  expect(findings(audit, () => null, 1)).toMatchObject([{ text: "–" }]);
});

it("names the one expert that reads whole responses", () => {
  const { perception } = audit.experts;
  const whole = fakeAudit({ experts: { response: perception } as typeof audit.experts });
  expect(findings(whole, ({ gap }) => gap, 1)).toEqual([
    { expert: "response", text: "1.9", worth: undefined },
  ]);
});
