import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { expect, it } from "vitest";
import { createQueryClient } from "@/api/query-client";
import { api, server } from "@/testing/server";
import { RetentionPanel } from "./retention-panel";

const never = {
  metrics_days: null,
  samples_days: null,
  checkpoints_days: null,
  checkpoints_kept: null,
};

it("says what a policy would remove before it is saved", async () => {
  const asked: unknown[] = [];
  server.use(
    http.get(api("/projects/prj_1/retention"), () => HttpResponse.json(never)),
    http.post(api("/projects/prj_1/retention\\:preview"), async ({ request }) => {
      asked.push(await request.json());
      return HttpResponse.json({
        runs: 2,
        checkpoints: 3,
        checkpoint_bytes: 3 * 2 ** 30,
        samples: 10,
        sample_bytes: 2048,
        images: 4,
        image_bytes: 4096,
        metric_runs: 1,
        metric_bytes: 1024,
        total_bytes: 3 * 2 ** 30 + 7168,
        kept: [],
        refused: [],
      });
    }),
    http.put(api("/projects/prj_1/retention"), async ({ request }) => {
      asked.push(await request.json());
      return HttpResponse.json(never);
    }),
  );
  const user = userEvent.setup();
  render(
    <QueryClientProvider client={createQueryClient()}>
      <RetentionPanel projectId="prj_1" />
    </QueryClientProvider>,
  );
  await user.type(await screen.findByLabelText(/Samples, days/), "30");
  await user.click(screen.getByRole("button", { name: "Dry run" }));
  const removal = within(await screen.findByTestId("removal"));
  expect(removal.getByRole("row", { name: /Checkpoints 3 3\.0 GiB/ })).toBeVisible();
  expect(removal.getByText(/Altogether, of 2 runs/)).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Save" }));
  await user.click(await screen.findByTestId("confirm"));
  expect(await screen.findByText("Saved")).toBeVisible();
  expect(asked).toEqual([
    { ...never, samples_days: 30 },
    { ...never, samples_days: 30 },
  ]);
});
