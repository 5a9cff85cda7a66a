import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import type { UserEvent } from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { expect, it } from "vitest";
import { catalog, recipeText } from "@/testing/fake-catalog";
import { fakePreviewRow } from "@/testing/fake-dataset";
import { fakePipeline } from "@/testing/fake-run";
import { renderApp } from "@/testing/render-app";
import { api, page, problem, server } from "@/testing/server";

async function openCard(user: UserEvent, name: string) {
  const card = await screen.findByTestId<HTMLDetailsElement>(`run-card-${name}`);
  if (!card.open) {
    await user.click(card.querySelector("summary") as HTMLElement);
  }
  await within(card).findByLabelText("Name of the run");
  return within(card);
}

function refuse(field: string, message: string) {
  server.use(
    http.post(api("/pipelines\\:validate"), () =>
      HttpResponse.json({ valid: false, problems: [{ field, message }], runs: [], changes: [] }),
    ),
  );
}

it("makes a form of the schema, with what the recipe says and the defaults where it is silent", async () => {
  const { user } = renderApp("/launch");
  const sft = await openCard(user, "sft");
  expect(sft.getByLabelText("Steps")).toHaveValue("10");
  expect(sft.getByLabelText("Learning rate")).toHaveValue("1e-5");
  expect(sft.getByLabelText("Schedule")).toHaveValue("cosine");
  expect(sft.getByLabelText("Data")).toHaveValue("public");
  expect(sft.getByLabelText("Policy")).toHaveDisplayValue("base");
  const align = await openCard(user, "align");
  expect(align.getByLabelText("Policy")).toHaveDisplayValue("sft");
  expect(within(align.getByLabelText("Data")).getAllByRole("option")).toHaveLength(2);
});

it("shows the first rows of the data that is read, with their images", async () => {
  server.use(http.get(api("/datasets/dat_public/preview"), () => page(fakePreviewRow())));
  const { user } = renderApp("/launch");
  const data = within(await screen.findByTestId("data-preview"));
  await user.click(data.getByText("public"));
  const row = within(await data.findByRole("region", { name: "Row train-1" }));
  expect(row.getByRole("img")).toHaveAttribute("src", "/api/v1/artifacts/ab12");
  expect(row.getByText("How many circles?")).toBeVisible();
  expect(data.getByRole("link", { name: "More of public" })).toHaveAttribute(
    "href",
    "/data/dat_public",
  );
});

function withoutData(name: string) {
  const yaml = recipeText.replace("public", "absent");
  return { name, title: "Absent", description: "", recipe: {}, yaml };
}

function offer(...recipes: typeof catalog.recipes) {
  server.use(http.get(api("/catalog"), () => HttpResponse.json({ ...catalog, recipes })));
}

it("begins with the first recipe whose data sets are registered", async () => {
  offer(withoutData("paper"), withoutData("miniature"), ...catalog.recipes);
  renderApp("/launch");
  expect(await screen.findByLabelText("Recipe")).toHaveDisplayValue("small · Small");
});

it("begins with the miniature where no recipe's data sets are registered", async () => {
  offer(withoutData("cispo"), withoutData("miniature"));
  renderApp("/launch");
  expect(await screen.findByLabelText("Recipe")).toHaveDisplayValue("miniature · Absent");
});

it("writes into the YAML what is changed in the form, and reads back what is changed there", async () => {
  const { user } = renderApp("/launch");
  const steps = (await openCard(user, "sft")).getByLabelText("Steps");
  await user.clear(steps);
  await user.type(steps, "25");
  await user.click(screen.getByRole("radio", { name: "YAML" }));
  const yaml = screen.getByTestId("yaml") as HTMLTextAreaElement;
  expect(yaml.value).toContain("# Two stages.");
  expect(yaml.value).toContain("steps: 25");
  fireEvent.change(yaml, { target: { value: yaml.value.replace("steps: 25", "steps: 31") } });
  await user.click(screen.getByRole("radio", { name: "Form" }));
  expect((await openCard(user, "sft")).getByLabelText("Steps")).toHaveValue("31");
});

it("adds a run that fits behind the others, and removes it", async () => {
  const { user } = renderApp("/launch");
  await user.selectOptions(await screen.findByLabelText("Kind of the run to add"), "sft");
  await user.click(screen.getByTestId("add-run"));
  const card = await openCard(user, "sft-2");
  expect(card.getByLabelText("Policy")).toHaveDisplayValue("align");
  await user.click(card.getByRole("button", { name: "Remove sft-2", hidden: true }));
  expect(screen.queryByTestId("run-card-sft-2")).not.toBeInTheDocument();
});

it("shows a problem at its field and in the summary, and keeps the launch button shut", async () => {
  refuse("runs.align.discriminator.run", "there is no run 'warmup'; name one of: align");
  const { user } = renderApp("/launch");
  const summary = await screen.findByTestId("problems");
  expect(summary).toHaveTextContent("1 problem to solve before launch");
  expect(summary).toHaveTextContent("runs.align.discriminator.run");
  const align = await openCard(user, "align");
  expect(align.getByTestId("field-problem")).toHaveTextContent("there is no run 'warmup'");
  expect(align.getByLabelText("Discriminator")).toBeInvalid();
  expect(screen.getByTestId("launch")).toBeDisabled();
});

it("says so where the YAML cannot be read", async () => {
  const { user } = renderApp("/launch");
  await user.click(await screen.findByRole("radio", { name: "YAML" }));
  fireEvent.change(screen.getByTestId("yaml"), { target: { value: "runs: [" } });
  await user.click(screen.getByRole("radio", { name: "Form" }));
  expect(screen.getByRole("alert")).toHaveTextContent("The YAML cannot be read");
});

it("keeps the draft over a reload", async () => {
  const { user } = renderApp("/launch");
  const name = await screen.findByLabelText("Name");
  await user.clear(name);
  await user.type(name, "mine");
  expect(JSON.parse(localStorage.getItem("prism-draft") ?? "").text).toContain("name: mine");
  renderApp("/launch");
  await waitFor(() => expect(screen.getAllByDisplayValue("mine")).toHaveLength(2));
});

it("launches the text as it stands and goes to the pipeline", async () => {
  const asked: { recipe: string; key: string | null }[] = [];
  server.use(
    http.post(api("/pipelines"), async ({ request }) => {
      const { recipe } = (await request.json()) as { recipe: string };
      asked.push({ recipe, key: request.headers.get("idempotency-key") });
      return HttpResponse.json(fakePipeline({ id: "pip_9" }), { status: 201 });
    }),
    http.get(api("/pipelines/pip_9"), () => HttpResponse.json(fakePipeline({ id: "pip_9" }))),
    http.get(api("/runs/run_align/metrics"), () =>
      HttpResponse.json({ run_id: "run_align", series: [], cursor: "" }),
    ),
  );
  const { user, router } = renderApp("/launch");
  await waitFor(() => expect(screen.getByTestId("launch")).toBeEnabled());
  await user.click(screen.getByTestId("launch"));
  await waitFor(() => expect(router.state.location.pathname).toBe("/pipelines/pip_9"));
  expect(asked).toHaveLength(1);
  expect(asked[0]?.recipe).toContain("# Two stages.");
  expect(asked[0]?.key).toMatch(/^[0-9a-f]{32}$/);
});

it("shows the fields of a refused launch like those of a failed check", async () => {
  const errors = [
    { field: "runs.sft.data", message: "there is no data set 'public'; register it" },
  ];
  server.use(http.post(api("/pipelines"), () => problem(422, { detail: "invalid", errors })));
  const { user } = renderApp("/launch");
  await waitFor(() => expect(screen.getByTestId("launch")).toBeEnabled());
  await user.click(screen.getByTestId("launch"));
  expect(await screen.findByTestId("problems")).toHaveTextContent("register it");
  expect((await openCard(user, "sft")).getByTestId("field-problem")).toHaveTextContent(
    "register it",
  );
});

it("says what an arm still lacks like any other problem, and what is left in runs", async () => {
  const { user } = renderApp("/launch");
  const builder = within(await screen.findByTestId("arm-builder"));
  const field = "grid.ablations.0.label";
  server.use(
    http.post(api("/studies\\:validate"), () =>
      problem(422, { errors: [{ field, message: "give it a name" }] }),
    ),
  );
  await user.click(builder.getByRole("button", { name: "Ablation" }));
  expect(await screen.findByTestId("problems")).toHaveTextContent("give it a name");
  const arms = ["base", "Dense"].map((label) => ({ label, changes: {}, runs: ["sft"] }));
  server.use(
    http.post(api("/studies\\:validate"), () =>
      HttpResponse.json({
        valid: true,
        problems: [],
        arms,
        seeds: [0],
        runs: [],
        total_runs: 7,
        unshared_runs: 10,
      }),
    ),
  );
  await user.type(builder.getByLabelText("Ablation"), "Dense");
  expect(await screen.findByTestId("total-runs")).toHaveTextContent("7 runs");
  expect(screen.getByTestId("planned-study")).toHaveTextContent("3 fewer than apart");
});
