import { screen, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { expect, it } from "vitest";
import type { ArmResult } from "@/api/schema";
import { renderApp } from "@/testing/render-app";
import { api, server } from "@/testing/server";
import { bestOf, COLUMNS, formatEstimate } from "./table";

function arm(name: string, accuracy: number): ArmResult {
  return {
    arm: name,
    run_id: `run_${name}`,
    pipeline_id: "pip_1",
    benchmark: "miniature",
    scores: {
      accuracy_greedy: { value: accuracy, low: accuracy - 0.014, high: accuracy + 0.013, n: 1024 },
      caption_items: { value: 3.2, low: 3.1, high: 3.3, n: 1024 },
    },
    supervision: { caption_items: 4.25 },
    majority: 0.25,
    seconds: 125,
  };
}

it("writes an estimate with one decimal and its interval", () => {
  expect(formatEstimate({ value: 0.6618, low: 0.648, high: 0.675, n: 1024 }, true)).toBe(
    "66.2 [64.8, 67.5]",
  );
  expect(formatEstimate({ value: 3.2, low: 3.12, high: 3.28, n: 9 }, false)).toBe(
    "3.20 [3.12, 3.28]",
  );
});

it("honours the best arm, and nobody where there is only one", () => {
  const [greedy] = COLUMNS;
  expect(greedy && bestOf([arm("a", 0.5), arm("b", 0.6)], greedy)).toBe("60.0");
  expect(greedy && bestOf([arm("a", 0.5)], greedy)).toBeUndefined();
});

it("shows each arm beside supervision and the most common answer", async () => {
  server.use(
    http.get(api("/results"), () =>
      HttpResponse.json({ benchmarks: ["miniature"], arms: [arm("SFT", 0.42), arm("PRISM", 0.7)] }),
    ),
  );
  const { user } = renderApp("/results");
  const prism = within(await screen.findByTestId("arm-PRISM"));
  expect(screen.getByTestId("arm-PRISM")).toHaveTextContent(
    "PRISM70.0 [68.6, 71.3]3.20 [3.10, 3.30]2 m 5 s",
  );
  expect(prism.getByText("70.0")).toHaveClass("font-bold");
  expect(within(screen.getByTestId("arm-SFT")).getByText("42.0")).not.toHaveClass("font-bold");
  expect(screen.getByTestId("majority")).toHaveTextContent("Most common answer25.0");
  expect(screen.getByRole("row", { name: /Supervision/ })).toHaveTextContent("4.25");
  await user.tab();
  await user.hover(prism.getByRole("button", { name: /70\.0/ }));
  expect(await screen.findAllByText("n = 1,024, 95% interval")).not.toHaveLength(0);
});
