import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { fakeRun } from "@/testing/fake-run";
import { StageList } from "./stage-list";

function runs(count: number) {
  return Array.from({ length: count }, (_, index) =>
    fakeRun({
      id: `run_${index}`,
      name: `run-${index}`,
      state: index === 0 ? "succeeded" : index === 1 ? "running" : "blocked",
    }),
  );
}

it("shows few runs at once", () => {
  render(<StageList runs={runs(3)} selected="run_0" onSelect={() => {}} />);
  expect(screen.getByTestId("stage-row-run-2")).toBeVisible();
});

it("folds many away, says how they stand, and folds again once one is chosen", async () => {
  const choose = vi.fn();
  render(<StageList runs={runs(20)} selected="run_0" onSelect={choose} />);
  const summary = screen.getByTestId("stage-summary");
  expect(summary).toHaveTextContent("20 runs: 1 succeeded, 1 running, 18 waiting");
  expect(screen.getByTestId("stage-row-run-7")).not.toBeVisible();
  await userEvent.click(summary);
  await userEvent.click(screen.getByTestId("stage-row-run-7"));
  expect(choose).toHaveBeenCalledWith("run_7");
  expect(screen.getByTestId("stage-row-run-7")).not.toBeVisible();
});
