import { cleanup, screen, waitFor, within } from "@testing-library/react";
import axe from "axe-core";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, it } from "vitest";
import type { CheckpointSnapshot, PipelineSnapshot, Response, RunSnapshot } from "@/api/schema";
import { fakePipeline, fakeRun } from "@/testing/fake-run";
import { renderApp } from "@/testing/render-app";
import { api, page, problem, server } from "@/testing/server";

const DIGEST = "d".repeat(64);
const sft = fakeRun({
  id: "run_sft",
  name: "sft",
  kind: "sft",
  state: "succeeded",
  config: { policy: { model: "base" } },
});
const align = fakeRun({
  state: "succeeded",
  config: { policy: { run: "sft" }, sampling: { temperature: 1, max_new_tokens: 48 } },
  parents: [{ role: "policy", run_id: "run_sft", run: "sft" }],
});

function saved(run: RunSnapshot, id: string, role: "policy" | "discriminator" = "policy") {
  return {
    id,
    run_id: run.id,
    attempt: 1,
    step: 40,
    kind: "exported",
    role,
    size: 1,
    location: "file:///x",
    created_at: "2030-01-01T10:00:00Z",
    durable_at: "2030-01-01T10:00:00Z",
    deleted_at: null,
    names: [],
  } satisfies CheckpointSnapshot;
}

/** What the browser asked the server to launch. */
let launched: { recipe: { runs: Record<string, Record<string, unknown>> }; project_id: string };
let question: PipelineSnapshot | undefined;

beforeEach(() => {
  question = undefined;
  server.use(
    http.get(api("/checkpoints/ckp_a"), () => HttpResponse.json(saved(align, "ckp_a"))),
    http.get(api("/runs/run_align"), () => HttpResponse.json(align)),
    http.get(api("/pipelines/pip_1"), () =>
      HttpResponse.json(fakePipeline({ runs: [sft, align] })),
    ),
    http.get(api("/runs/run_align/checkpoints"), () =>
      page(saved(align, "ckp_a"), saved(align, "ckp_d", "discriminator")),
    ),
    http.get(api("/runs/run_sft/checkpoints"), () => page(saved(sft, "ckp_s"))),
    http.get(api("/projects/prj_1/checkpoints"), () => page()),
    http.post(api("/projects/prj_1/images"), async ({ request }) => {
      const content = await request.arrayBuffer();
      return content.byteLength === 3
        ? HttpResponse.json({ digest: DIGEST, width: 8, height: 8, size: 3 }, { status: 201 })
        : problem(422, { detail: "The image was refused: not a PNG, JPEG or WebP image." });
    }),
    http.post(api("/pipelines"), async ({ request }) => {
      launched = (await request.json()) as typeof launched;
      question = asked("queued");
      return HttpResponse.json(question, { status: 201 });
    }),
    http.get(api("/pipelines/pip_q"), () => HttpResponse.json(question)),
    http.get(api("/runs/before/samples"), () => samples(response("two", 0.5, -1.25))),
    http.get(api("/runs/after/samples"), () =>
      samples(response("three", 1.5, 2), { ...response("four", 0, 0), tokens: 7 }),
    ),
  );
});

function asked(state: RunSnapshot["state"], exit: RunSnapshot["exit"] = null): PipelineSnapshot {
  const runs = launched.recipe.runs;
  return fakePipeline({
    id: "pip_q",
    name: "question",
    runs: Object.entries(runs).map(([name, config]) =>
      fakeRun({
        id: name,
        name,
        kind: "ask",
        pipeline_id: "pip_q",
        state,
        exit,
        config,
        started_at: state === "queued" ? null : "2030-01-01T10:00:02Z",
        reason: state === "queued" ? "Waiting for a worker of queue default" : null,
        version: state === "queued" ? 1 : 2,
      }),
    ),
  });
}

function response(answer: string, perception: number, reasoning: number): Response {
  return {
    text: answer,
    valid: true,
    malformed: null,
    caption: { text: `- ${answer} cups`, score: perception },
    reasoning: { text: `I count ${answer}`, score: reasoning },
    answer,
    score: null,
    tokens: 21,
    correct: null,
    verdict: null,
    judged: null,
    rewards: {},
    advantage: null,
  };
}

function samples(...rollouts: Response[]) {
  const sample = { item: "question-1", question: "How many?", gold: null, images: [], rollouts };
  return HttpResponse.json({
    data: [{ step: 1, attempt: 1, sample: { ...sample, demonstration: null } }],
    next_cursor: null,
    steps: [1],
  });
}

async function choose(user: ReturnType<typeof renderApp>["user"], content = "png") {
  const file = new File([content], "cups.png", { type: "image/png" });
  await user.upload(await screen.findByLabelText(/Choose an image/), file);
}

it("asks the checkpoint and the one before its stage, and shows the answers as they come", async () => {
  const { user, queryClient, router } = renderApp("/try?checkpoint=ckp_a");
  expect(await screen.findByText("Choose an image first.")).toBeVisible();
  await choose(user);
  expect(await screen.findByAltText("1, as it is asked about")).toHaveAttribute(
    "src",
    `/api/v1/artifacts/${DIGEST}`,
  );
  expect(screen.getByLabelText("Before")).toHaveDisplayValue("sft, step 40");
  expect(screen.getByLabelText("After")).toHaveDisplayValue("align, step 40");
  expect(screen.getByLabelText("Scored by")).toHaveDisplayValue("align, step 40");
  expect(screen.getByRole("button", { name: "Ask" })).toBeDisabled();
  await user.type(screen.getByLabelText("Question"), "How many?{Control>}{Enter}{/Control}");

  const before = await screen.findByTestId("answer-before");
  expect(before).toHaveTextContent("Waiting for a worker of queue default");
  const common = {
    kind: "ask",
    question: "How many?",
    images: [DIGEST],
    discriminator: { checkpoint: "ckp_d" },
    samples_per_item: 3,
    sampling: { temperature: 1, max_new_tokens: 48 },
    resources: { queue: "default" },
  };
  expect(launched).toEqual({
    project_id: "prj_1",
    recipe: {
      name: "question",
      seed: expect.any(Number),
      runs: {
        before: { ...common, policy: { checkpoint: "ckp_s" } },
        after: { ...common, policy: { checkpoint: "ckp_a" } },
      },
    },
  });
  expect(router.state.location.search).toEqual({ checkpoint: "ckp_a", question: "pip_q" });
  // The form stays as it was, so that the next question can be typed.
  expect(screen.getByLabelText("Question")).toHaveFocus();

  question = asked("succeeded");
  await queryClient.invalidateQueries({ queryKey: ["pipelines", "pip_q"] });
  await waitFor(() => expect(before).toHaveAttribute("data-responses", "1"));
  for (const text of ["Before: sft, step 40", "- two cups", "I count two", "+0.5", "21 tokens"]) {
    expect(before).toHaveTextContent(text);
  }
  const after = screen.getByTestId("answer-after");
  expect(after).toHaveTextContent("I count three");
  await user.click(within(after).getByRole("button", { name: "Sampled 1" }));
  expect(after).toHaveTextContent("I count four");
  expect(after).toHaveTextContent("7 tokens");
  const { violations } = await axe.run(document.body, {
    rules: { "color-contrast": { enabled: false } },
  });
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
});

it("says what is wrong with an image, with a question, and with a run that failed", async () => {
  const { user, queryClient } = renderApp("/try?checkpoint=ckp_a");
  await choose(user, "no picture");
  expect(await screen.findByRole("alert")).toHaveTextContent("not a PNG, JPEG or WebP image");
  await choose(user);
  await user.selectOptions(screen.getByLabelText("Before"), "nobody");
  await user.selectOptions(screen.getByLabelText("Scored by"), "nobody");
  await user.type(screen.getByLabelText("Question"), "How many?");
  const wrong = { field: "runs.after.policy.checkpoint", message: "is not in the artifact store" };
  server.use(http.post(api("/pipelines"), () => problem(422, { errors: [wrong] }), { once: true }));
  await user.click(screen.getByRole("button", { name: "Ask" }));
  expect(await screen.findByText(/is not in the artifact store/)).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Ask" }));
  const after = await screen.findByTestId("answer-after");
  expect(Object.keys(launched.recipe.runs)).toEqual(["after"]);
  expect(launched.recipe.runs.after).not.toHaveProperty("discriminator");

  server.use(http.get(api("/runs/after/samples"), () => page()));
  question = asked("failed", { kind: "config", message: "InvalidModel: no config.json" });
  await queryClient.invalidateQueries({ queryKey: ["pipelines", "pip_q"] });
  await waitFor(() => expect(after).toHaveTextContent("InvalidModel: no config.json"));
  expect(within(after).getByRole("link", { name: /Run and log/ })).toHaveAttribute(
    "href",
    "/pipelines/pip_q?run=after&tab=logs",
  );
});

it("takes up again after a reload what was typed, and not with another question", async () => {
  const { user } = renderApp("/try?checkpoint=ckp_a");
  await choose(user);
  await user.type(await screen.findByLabelText("Question"), "How many cups?");
  await user.selectOptions(screen.getByLabelText("Before"), "nobody");
  cleanup();
  renderApp("/try?checkpoint=ckp_a");
  expect(await screen.findByLabelText("Question")).toHaveValue("How many cups?");
  expect(screen.getByAltText("1, as it is asked about")).toBeVisible();
  expect(screen.getByLabelText("Before")).toHaveDisplayValue("nobody");
  cleanup();

  const config = { question: "What is left?", images: [DIGEST], policy: { checkpoint: "ckp_a" } };
  launched = { recipe: { runs: { after: config } }, project_id: "prj_1" };
  question = asked("queued");
  renderApp("/try?checkpoint=ckp_a&question=pip_q");
  expect(await screen.findByLabelText("Question")).toHaveValue("What is left?");
});

it("lists what was asked before, and leads to a checkpoint where there is none", async () => {
  const earlier = fakeRun({
    id: "run_q",
    name: "after",
    kind: "ask",
    state: "succeeded",
    pipeline_id: "pip_q",
    config: { question: "What is left of the cup?", policy: { checkpoint: "ckp_a" } },
  });
  const filters: (string | null)[] = [];
  server.use(
    http.get(api("/runs"), ({ request }) => {
      filters.push(new URL(request.url).searchParams.get("filter"));
      return page(earlier, { ...earlier, id: "run_b", name: "before" });
    }),
  );
  renderApp("/try");
  const link = await screen.findByRole("link", { name: /What is left of the cup/ });
  expect(link).toHaveAttribute("href", "/try?checkpoint=ckp_a&question=pip_q");
  expect(screen.getByRole("link", { name: "Go to the runs" })).toHaveAttribute("href", "/runs");
  expect(filters).toContain("kind = ask");
});

it("does not offer to ask what cannot answer, or who may not", async () => {
  const state = { ...saved(align, "ckp_a"), kind: "resumable" };
  server.use(http.get(api("/checkpoints/ckp_a"), () => HttpResponse.json(state)));
  renderApp("/try?checkpoint=ckp_a");
  expect(await screen.findByText(/only an exported policy answers/)).toBeVisible();
  expect(screen.queryByTestId("ask-form")).not.toBeInTheDocument();
});
