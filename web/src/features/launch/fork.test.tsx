import { cleanup, screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, it } from "vitest";
import { fakePipeline } from "@/testing/fake-run";
import { renderApp } from "@/testing/render-app";
import { api, server } from "@/testing/server";

const recipe = {
  name: "small",
  runs: { sft: { kind: "sft", policy: { checkpoint: "ckp_1" }, data: "public", steps: 10 } },
};

let asked: Record<string, unknown>[];

beforeEach(() => {
  asked = [];
  server.use(
    http.get(api("/runs/run_1/fork"), () => HttpResponse.json({ recipe, steps: [8, 4] })),
    http.post(api("/pipelines\\:validate"), async ({ request }) => {
      const body = (await request.json()) as { recipe: string };
      asked.push(body);
      const changes = body.recipe.includes("steps: 25")
        ? [{ field: "runs.sft.steps", before: 10, after: 25 }]
        : [];
      const run = { name: "sft", kind: "sft", parents: [], memory: null };
      return HttpResponse.json({ valid: true, problems: [], runs: [run], changes });
    }),
  );
});

it("fills the form from the past and marks only what differs", async () => {
  const { user } = renderApp("/launch?fork=run_1");
  expect(await screen.findByText(/No difference: this launches the same again/)).toBeVisible();
  await user.click(screen.getByText("sft", { selector: "h2" }));
  const steps = await screen.findByLabelText("Steps");
  expect(steps).toHaveValue("10");
  expect(screen.queryByTestId("before")).not.toBeInTheDocument();
  await user.clear(steps);
  await user.type(steps, "25");
  const listed = within(await screen.findByTestId("changes"));
  expect(listed.getByText("1 difference to what it repeats")).toBeVisible();
  expect(listed.getByRole("button", { name: "runs.sft.steps" })).toBeVisible();
  expect(screen.getAllByTestId("before")).toHaveLength(1);
  expect(
    within(screen.getByTestId("field-runs.sft.steps")).getByTestId("before"),
  ).toHaveTextContent("was 10");
  expect(screen.getByTestId("changed-sft")).toHaveTextContent("1 change");
});

it("launches as a fork, from the step that was chosen, and keeps both over a reload", async () => {
  const launched: Record<string, unknown>[] = [];
  server.use(
    http.post(api("/pipelines"), async ({ request }) => {
      launched.push((await request.json()) as Record<string, unknown>);
      return HttpResponse.json(fakePipeline({ id: "pip_9" }), { status: 201 });
    }),
  );
  const { user } = renderApp("/launch?fork=run_1");
  await user.selectOptions(await screen.findByLabelText("Begin"), "after step 4");
  cleanup();
  const again = renderApp("/launch?fork=run_1");
  expect(await screen.findByLabelText("Begin")).toHaveDisplayValue("after step 4");
  await waitFor(() => expect(screen.getByTestId("launch")).toBeEnabled());
  await again.user.click(screen.getByTestId("launch"));
  await waitFor(() => expect(launched).toHaveLength(1));
  expect(launched[0]).toMatchObject({ forked_from: { run_id: "run_1", step: 4 } });
  expect(asked.at(-1)).toMatchObject({ forked_from: { run_id: "run_1", step: 4 } });
});
