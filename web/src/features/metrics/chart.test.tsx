import { render, screen, within } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { TooltipProvider } from "@/components/ui/tooltip";
import { Chart, type ChartProps } from "./chart";
import type { Line } from "./chart-data";

vi.mock("./draw");

const line = (label: string): Line => ({
  name: label,
  label,
  colour: "red",
  textColour: "red",
  points: [{ step: 1, value: 2, low: 2, high: 2, attempt: 1 }],
});

function show(changed: Partial<ChartProps>) {
  const props: ChartProps = {
    id: "one",
    title: "Response length",
    unit: "tokens",
    meaning: "How long responses are.",
    lines: [line("grpo")],
    saturation: [],
    view: { axis: "step", smoothing: 0, log: false },
    zoom: undefined,
    onZoom: () => {},
    counted: "step",
    place: (step) => step,
    marks: [],
    ...changed,
  };
  render(
    <TooltipProvider>
      <Chart {...props} />
    </TooltipProvider>,
  );
  return within(screen.getByRole("figure")).getByRole("button");
}

it("gives the unit beside a title that does not say it", () => {
  expect(show({})).toHaveTextContent("Response length tokens");
});

it("says a unit once", () => {
  expect(show({ title: "Updates", unit: "updates" })).toHaveTextContent(/^Updates$/);
});

it.each([
  [3, true],
  [4, false],
])("names %i curves beside their values where there is a key: %s", (count, isNamed) => {
  const names = ["grpo", "dapo", "gspo", "cispo"].slice(0, count);
  const heading = show({ lines: names.map(line), keyed: true }).parentElement;
  expect(/grpo/.test(heading?.textContent ?? "")).toBe(isNamed);
});
