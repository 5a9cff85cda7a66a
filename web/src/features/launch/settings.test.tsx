import { screen, waitFor, within } from "@testing-library/react";
import type { UserEvent } from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, it } from "vitest";
import { catalog } from "@/testing/fake-catalog";
import { renderApp } from "@/testing/render-app";
import { api, server } from "@/testing/server";
import { readRecipe } from "./recipe-text";
import { labelOf } from "./schema-node";

const RECIPE = `name: shapes
runs:
  run:
    kind: KIND
    policy: {model: base}
    data: public
`;

let user: UserEvent;

/** The launch page with one run of a kind, its card and all of its folds open. */
async function open(kind: string, ...lines: string[]) {
  const [small] = catalog.recipes;
  const yaml = RECIPE.replace("KIND", kind) + lines.map((line) => `    ${line}\n`).join("");
  server.use(
    http.get(api("/catalog"), () =>
      HttpResponse.json({ ...catalog, recipes: [{ ...small, yaml }] }),
    ),
  );
  ({ user } = renderApp("/launch"));
  const card = await screen.findByTestId<HTMLDetailsElement>("run-card-run");
  await user.click(card.querySelector("summary") as HTMLElement);
  await within(card).findByLabelText("Name of the run");
  for (const fold of card.querySelectorAll("details")) {
    fold.open = true;
  }
}

function field(path: string) {
  return within(screen.getByTestId(`field-runs.run.${path}`));
}

/** What the YAML side holds now. */
async function written(): Promise<unknown> {
  const stored = () => JSON.parse(localStorage.getItem("prism-draft") ?? "{}").text ?? "";
  await waitFor(() => expect(stored()).not.toBe(""));
  return (readRecipe(stored()).recipe.runs as { run: unknown }).run;
}

async function type(box: HTMLElement, text: string) {
  await user.clear(box);
  await user.type(box, text);
}

beforeEach(() => localStorage.clear());

it("ticks any number of values, in the order of the schema", async () => {
  await open("sft");
  const frozen = field("tuning.frozen");
  await user.click(frozen.getByRole("checkbox", { name: "Language" }));
  await user.click(frozen.getByRole("checkbox", { name: "Vision" }));
  expect(await written()).toHaveProperty("tuning.frozen", ["vision", "language"]);
  await user.click(frozen.getByRole("button", { name: "Set Frozen back to none" }));
  expect(await written()).not.toHaveProperty("tuning");
});

it("shows a value that is no option, so that it can be taken out", async () => {
  await open("sft", "tuning: {frozen: [eyes]}");
  await user.click(field("tuning.frozen").getByRole("checkbox", { name: "Eyes" }));
  expect(await written()).toHaveProperty("tuning.frozen", []);
});

it("switches a group on and off, with the defaults of its settings", async () => {
  await open("sft");
  const lora = field("tuning.lora");
  expect(lora.queryByLabelText("Rank")).not.toBeInTheDocument();
  await user.click(lora.getByRole("checkbox", { name: "LoRA" }));
  expect(await written()).toHaveProperty("tuning.lora", {});
  expect(lora.getByLabelText("Rank")).toHaveValue("16");
  await type(lora.getByLabelText("Rank"), "8");
  expect(await written()).toHaveProperty("tuning.lora", { rank: 8 });
  await user.click(lora.getByRole("button", { name: "Set Rank back to 16" }));
  expect(await written()).toHaveProperty("tuning.lora", {});
  await user.click(lora.getByRole("checkbox", { name: "LoRA" }));
  expect(await written()).not.toHaveProperty("tuning");
});

it("reads a group that the YAML switches off", async () => {
  await open("rlvr", "pass_rate: null");
  const box = field("pass_rate").getByRole("checkbox", { name: "Pass rate" });
  expect(box).not.toBeChecked();
  await user.click(box);
  await type(field("pass_rate").getByLabelText("High"), "0.75");
  expect(await written()).toHaveProperty("pass_rate", { high: 0.75 });
});

it.each([
  ["rlvr", "algorithm", "Dr. GRPO", "dr_grpo", "GRPO without its biases"],
  ["rlvr", "algorithm", "RLOO", "rloo", "REINFORCE with the mean of the other rollouts"],
  ["warmup", "discriminator", "Length only", "length_only", "A control that sees how long"],
  ["warmup", "discriminator", "Text only", "text_only", "the sparse network never sees"],
])("chooses among the kinds of %s.%s and says what %s is", async (kind, key, label, tag, words) => {
  await open(kind);
  expect(within(field(key).getByLabelText(labelOf(key))).getAllByRole("radio")).toHaveLength(6);
  await user.click(field(key).getByRole("radio", { name: label }));
  expect(await written()).toHaveProperty(key, { kind: tag });
  expect(field(key).getByTestId("variant")).toHaveTextContent(words);
});

it("edits the settings of the chosen kind, with that kind's defaults", async () => {
  await open("rlvr");
  await user.click(field("algorithm").getByRole("radio", { name: "DAPO" }));
  expect(field("algorithm.clip_high").getByRole("textbox")).toHaveValue("0.28");
  await user.click(field("algorithm.dynamic_sampling").getByRole("checkbox"));
  expect(await written()).toHaveProperty("algorithm", { kind: "dapo", dynamic_sampling: false });
});

it("adds, weighs and removes rewards by any name", async () => {
  await open("rlvr");
  const rewards = field("rewards");
  await user.type(rewards.getByLabelText("Name to add"), "brevity{Enter}");
  await type(rewards.getByLabelText("Number for brevity"), "0.1");
  expect(await written()).toHaveProperty("rewards", { answer: 0.8, format: 0.2, brevity: 0.1 });
  await user.click(rewards.getByRole("button", { name: "Remove format" }));
  expect(await written()).toHaveProperty("rewards", { answer: 0.8, brevity: 0.1 });
  await user.click(rewards.getByRole("button", { name: /^Set Rewards back to answer 0.8/ }));
  expect(await written()).not.toHaveProperty("rewards");
});

it("mixes in registered data sets, but not the run's own", async () => {
  await open("sft");
  const mixed = field("mixed_with");
  const options = mixed.getAllByRole("option").map((option) => option.textContent);
  expect(options).toEqual(["Add a data set …", "curated"]);
  await user.selectOptions(mixed.getByLabelText("Add a data set"), "curated");
  await type(mixed.getByLabelText("Number for curated"), "0.25");
  expect(await written()).toHaveProperty("mixed_with", { curated: 0.25 });
  await user.click(mixed.getByRole("button", { name: "Remove curated" }));
  expect(await written()).not.toHaveProperty("mixed_with");
});

it("scores a served model, with the settings of its endpoint", async () => {
  await open("evaluate");
  await user.selectOptions(field("policy").getByLabelText("Policy"), "served model");
  expect(await written()).toHaveProperty("policy", { endpoint: { url: "", model: "" } });
  const endpoint = field("policy.endpoint");
  await type(endpoint.getByLabelText("URL"), "https://host/v1");
  await type(endpoint.getByLabelText("Model"), "qwen");
  await type(endpoint.getByLabelText("Key"), "host-key");
  await user.click(endpoint.getByRole("checkbox", { name: "Price" }));
  await type(endpoint.getByLabelText("Version"), "2026-01");
  await type(endpoint.getByLabelText("Input"), "0.5");
  await type(endpoint.getByLabelText("Output"), "2");
  await type(endpoint.getByLabelText("Concurrency"), "4");
  expect(await written()).toHaveProperty("policy", {
    endpoint: {
      url: "https://host/v1",
      model: "qwen",
      key: "host-key",
      price: { version: "2026-01", input: 0.5, output: 2 },
      concurrency: 4,
    },
  });
});

it("goes from a served model to a registered one, and to one of the hub", async () => {
  await open("evaluate");
  const policy = field("policy");
  await user.selectOptions(policy.getByLabelText("Policy"), "served model");
  await user.selectOptions(policy.getByLabelText("Policy"), "other …");
  expect(screen.queryByTestId("field-runs.run.policy.endpoint")).not.toBeInTheDocument();
  await user.type(policy.getByLabelText("Model by hub id"), "qwen/vl");
  expect(await written()).toHaveProperty("policy", { model: "qwen/vl" });
});

it("does not offer a served model to a run that must teach it", async () => {
  await open("sft");
  const options = field("policy").getAllByRole("option");
  expect(options.map(({ textContent }) => textContent)).not.toContain("served model");
});

it("leaves the policy of a curation out, or takes it out again", async () => {
  await open("curate");
  const choice = field("policy").getByLabelText("Policy");
  await user.selectOptions(choice, "none");
  expect(await written()).not.toHaveProperty("policy");
  expect(choice).toHaveDisplayValue("none");
});

it("names the teacher and the panel of a curation", async () => {
  await open("curate");
  const teacher = field("teacher.endpoint");
  await type(teacher.getByLabelText("URL"), "https://host/v1");
  await type(teacher.getByLabelText("Model"), "teacher");
  await user.click(field("panel").getByRole("checkbox", { name: "Panel" }));
  await type(field("panel.first").getByLabelText("Model"), "student");
  const run = await written();
  expect(run).toHaveProperty("teacher", { endpoint: { url: "https://host/v1", model: "teacher" } });
  expect(run).toHaveProperty("panel", { first: { url: "", model: "student" } });
});

it("names benchmarks and the registered data set of each", async () => {
  await open("curate");
  const benchmarks = field("benchmarks");
  await user.type(benchmarks.getByLabelText("Name to add"), "mathvista{Enter}");
  expect(await written()).toHaveProperty("benchmarks", { mathvista: "" });
  await user.selectOptions(benchmarks.getByLabelText("Data set for mathvista"), "curated");
  expect(await written()).toHaveProperty("benchmarks", { mathvista: "curated" });
  await user.click(benchmarks.getByRole("button", { name: "Remove mathvista" }));
  expect(await written()).not.toHaveProperty("benchmarks");
});

it("shows a data set that is not registered, so that another can be chosen", async () => {
  await open("curate", "benchmarks: {mathvista: folder/of/items}");
  expect(field("benchmarks").getByLabelText("Data set for mathvista")).toHaveDisplayValue(
    "folder/of/items",
  );
});

it.each([
  ["curate", "benchmarks.mathvista", "benchmarks"],
  ["sft", "tuning.frozen.0", "tuning.frozen"],
  ["sft", "tuning.lora.rank", "tuning.lora.rank"],
  ["sft", "mixed_with.curated", "mixed_with"],
  ["rlvr", "pass_rate", "pass_rate"],
  ["rlvr", "rewards", "rewards"],
  ["rlvr", "algorithm.clip_low", "algorithm.clip_low"],
])("shows a problem of %s.%s at its field", async (kind, problem, place) => {
  server.use(
    http.post(api("/pipelines\\:validate"), () =>
      HttpResponse.json({
        valid: false,
        problems: [{ field: `runs.run.${problem}`, message: "this will not do" }],
        runs: [],
      }),
    ),
  );
  await open(kind, ...(kind === "sft" ? ["tuning: {lora: {}}"] : []));
  await screen.findByTestId("problems");
  expect(field(place).getByTestId("field-problem")).toHaveTextContent("this will not do");
  await user.click(within(screen.getByTestId("problems")).getByRole("button"));
  await waitFor(() => expect(document.activeElement?.id).toBe(`field-runs.run.${place}`));
});

it("shows a problem of a served model at the setting of its endpoint alone", async () => {
  const problem = { field: "runs.run.policy.endpoint.url", message: "this is no address" };
  server.use(
    http.post(api("/pipelines\\:validate"), () =>
      HttpResponse.json({ valid: false, problems: [problem], runs: [], changes: [] }),
    ),
  );
  await open("evaluate");
  await user.selectOptions(field("policy").getByLabelText("Policy"), "served model");
  const url = field("policy.endpoint.url");
  expect(await url.findByTestId("field-problem")).toHaveTextContent("this is no address");
  expect(field("policy").queryByTestId("field-problem")).not.toBeInTheDocument();
});

it("marks the one benchmark whose data set is wrong", async () => {
  const problem = { field: "runs.run.benchmarks.we-math", message: "not registered" };
  server.use(
    http.post(api("/pipelines\\:validate"), () =>
      HttpResponse.json({ valid: false, problems: [problem], runs: [], changes: [] }),
    ),
  );
  await open("curate", "benchmarks: {mathvista: public, we-math: nowhere}");
  await screen.findByTestId("problems");
  const benchmarks = field("benchmarks");
  expect(benchmarks.getByLabelText("Data set for we-math")).toBeInvalid();
  expect(benchmarks.getByLabelText("Data set for mathvista")).toBeValid();
});

it("opens the card of the field that a problem names", async () => {
  server.use(
    http.post(api("/pipelines\\:validate"), () =>
      HttpResponse.json({
        valid: false,
        problems: [{ field: "runs.sft.steps", message: "too few" }],
        runs: [],
      }),
    ),
  );
  ({ user } = renderApp("/launch"));
  await user.click(within(await screen.findByTestId("problems")).getByRole("button"));
  await waitFor(() => expect(document.activeElement?.id).toBe("field-runs.sft.steps"));
});

it("edits a list of texts, one a line", async () => {
  await open("ask", 'question: "How many?"', "images: [chart.png]");
  const images = within(screen.getByTestId("field-runs.run.images")).getByRole("textbox");
  expect(images).toHaveValue("chart.png");
  await type(images, "one.png{Enter}two.png");
  expect(await written()).toMatchObject({ images: ["one.png", "two.png"] });
});
