import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import type { Memory } from "@/api/schema";
import { PlannedRuns } from "./planned-runs";

const GIB = 2 ** 30;

const memory: Memory = {
  prompt_tokens: 1024,
  processes: 1,
  parameters: { policy: 4e9 },
  held: { policy: 16 * GIB, moments: 32 * GIB },
  phases: { sampling: { "keys and values": 4 * GIB }, learning: { activations: 12.5 * GIB } },
  peak: "learning",
  total: 60.5 * GIB,
};

it("says what a run takes of a device, and what of it by what", async () => {
  const user = userEvent.setup();
  render(<PlannedRuns runs={[{ name: "rlvr", kind: "rlvr", parents: ["sft", "sft"], memory }]} />);
  const run = screen.getByTestId("memory-rlvr");
  expect(run).toHaveTextContent("rlvr rlvr after sft60.5 GiB");
  await user.click(within(run).getByText("60.5 GiB"));
  const parts = within(run)
    .getAllByRole("definition")
    .map(({ textContent }) => textContent);
  expect(parts).toEqual(["16.0 GiB", "32.0 GiB", "12.5 GiB"]);
  expect(run).toHaveTextContent("Most at once, while learning");
  expect(run).toHaveTextContent("An estimate for one device, for prompts of 1,024 tokens.");
});

it("says it of each device where several processes share the work", async () => {
  const shared = { ...memory, processes: 4 };
  render(<PlannedRuns runs={[{ name: "sft", kind: "sft", parents: [], memory: shared }]} />);
  await userEvent.setup().click(screen.getByText("60.5 GiB"));
  expect(screen.getByTestId("memory-sft")).toHaveTextContent(
    "An estimate for each of 4 devices, for prompts of 1,024 tokens.",
  );
});

it("says so where the shape of a model is not known", () => {
  render(<PlannedRuns runs={[{ name: "sft", kind: "sft", parents: [], memory: null }]} />);
  expect(screen.getByRole("listitem")).toHaveTextContent("memory unknown");
});

it("says what a run would wait for, and for how long", () => {
  const minutes = (count: number) => new Date(Date.now() + count * 60_000).toISOString();
  const reason = "Waits for 8 GPUs on queue a100; 2 runs ahead";
  const starts = { earliest: minutes(10.2), latest: minutes(14.2) };
  const run = { name: "sft", kind: "sft", parents: [], memory: null, reason, starts } as const;
  render(<PlannedRuns runs={[{ ...run, parents: [] }]} />);
  expect(screen.getByRole("listitem")).toHaveTextContent(`${reason}, 10 m to 14 m`);
});
