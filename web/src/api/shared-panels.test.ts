import { expect, it } from "vitest";
import { readPanels } from "./shared-panels";

const panel = {
  title: "Right",
  metrics: ["accuracy", "reward"],
  axis: "tokens",
  scale: "log",
  smoothing: 0.5,
};

it("takes what a link says of panels, and the usual for what it leaves out", () => {
  expect(readPanels([panel, { title: "Loss", metrics: ["loss", "loss"] }])).toEqual([
    panel,
    { title: "Loss", metrics: ["loss"], axis: "step", scale: "linear", smoothing: 0 },
  ]);
});

it.each([
  undefined,
  "panels",
  [],
  [null, 7],
  [{ ...panel, title: " " }],
  [{ ...panel, metrics: [] }],
  [{ ...panel, metrics: [{ toString: 1 }] }],
])("takes nothing from %j", (value) => {
  expect(readPanels(value)).toBeUndefined();
});

it("corrects what could not be drawn", () => {
  const [read] = readPanels([{ ...panel, axis: "__proto__", scale: 1, smoothing: 8 }]) ?? [];
  expect(read).toMatchObject({ axis: "step", scale: "linear", smoothing: 0.99 });
});
