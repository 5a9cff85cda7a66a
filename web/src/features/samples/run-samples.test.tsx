import { screen } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, it } from "vitest";
import type { Response, StepSample } from "@/api/schema";
import { fakePipeline, fakeRun } from "@/testing/fake-run";
import { renderApp } from "@/testing/render-app";
import { api, server } from "@/testing/server";

function response(changes: Partial<Response>): Response {
  return { text: "raw", valid: true, tokens: 12, rewards: {}, ...changes };
}

function stepSample(step: number, item: string, correct: boolean): StepSample {
  return {
    step,
    attempt: 1,
    sample: {
      item,
      question: "How many circles?",
      gold: "2",
      images: ["ab12"],
      demonstration: response({
        caption: { text: "- a circle\n- a square", score: 2 },
        reasoning: { text: "count", score: 1 },
        answer: "2",
      }),
      rollouts: [
        response({
          caption: { text: "- a circle", score: -1.5 },
          reasoning: { text: "count", score: 0.5 },
          answer: correct ? "2" : "3",
          correct,
          advantage: -0.25,
        }),
        response({ valid: false, correct: false, malformed: "two captions" }),
      ],
    },
  };
}

const ITEMS = [stepSample(20, "first", true), stepSample(20, "second", false)];

beforeEach(() => {
  server.use(
    http.get(api("/pipelines/pip_1"), () => HttpResponse.json(fakePipeline())),
    http.get(api("/runs/run_align/samples"), ({ request }) => {
      const step = Number(new URL(request.url).searchParams.get("step"));
      const data = step === 10 ? [stepSample(10, "early", true)] : ITEMS;
      return HttpResponse.json({ data, steps: [10, 20], next_cursor: null });
    }),
  );
});

async function open() {
  const app = renderApp("/pipelines/pip_1?run=align&tab=samples");
  return { ...app, sample: await screen.findByTestId("sample") };
}

const item = () => screen.getByTestId("sample").dataset.item;

it("shows the newest step: image, question, gold, and both sides with their scores", async () => {
  const { sample } = await open();
  expect(sample).toHaveTextContent("How many circles?");
  expect(screen.getByRole("img")).toHaveAttribute("src", "/api/v1/artifacts/ab12");
  expect(screen.getByTestId("demonstration")).toHaveTextContent("P+2.000");
  expect(screen.getByTestId("demonstration")).toHaveTextContent("not in the rollout- a square");
  expect(screen.getByTestId("rollout")).toHaveTextContent("P-1.500");
  expect(screen.getByTestId("rollout")).toHaveTextContent("advantage-0.250");
  expect(screen.getByTestId("rollout")).toHaveTextContent("right");
});

it("shows the score of a response that is judged as a whole", async () => {
  const [{ sample, ...rest }] = ITEMS as [StepSample];
  const judged = {
    ...rest,
    sample: {
      ...sample,
      demonstration: response({ caption: { text: "- a circle" }, score: 3 }),
      rollouts: [response({ caption: { text: "- a circle" }, score: -0.75 })],
    },
  };
  server.use(
    http.get(api("/runs/run_align/samples"), () =>
      HttpResponse.json({ data: [judged], steps: [20], next_cursor: null }),
    ),
  );
  await open();
  expect(screen.getByTestId("demonstration")).toHaveTextContent("score+3.000");
  expect(screen.getByTestId("rollout")).toHaveTextContent("score-0.750");
});

it("goes by j and k between items and by [ and ] between steps", async () => {
  const { user } = await open();
  await user.keyboard("j");
  expect(item()).toBe("second");
  await user.keyboard("k");
  expect(item()).toBe("first");
  await user.keyboard("[[");
  expect(await screen.findByText("step 10")).toBeVisible();
  expect(item()).toBe("early");
  await user.keyboard("]");
  expect(await screen.findByText("step 20")).toBeVisible();
});

it("keeps to malformed rollouts by m, showing their text as it came", async () => {
  const { user } = await open();
  await user.keyboard("m");
  expect(screen.getByRole("radio", { name: "Malformed 2" })).toBeChecked();
  expect(screen.getByTestId("rollout")).toHaveTextContent("Text as it cameraw");
});

it("begins with the widest gap by g, and says what is wrong with a malformed rollout by m", async () => {
  const { user } = await open();
  await user.keyboard("g");
  expect(screen.getByRole("radio", { name: "Highest gap 2" })).toBeChecked();
  expect(screen.getByTestId("rollout")).toHaveTextContent("Rollout 1");
  await user.keyboard("m");
  expect(screen.getByTestId("rollout")).toHaveTextContent("malformed: two captions");
});

it("follows an item by f through the steps that drew it, and into other runs", async () => {
  const later = fakeRun({ id: "run_rlvr", name: "rlvr", kind: "rlvr" });
  const test = fakeRun({ id: "run_test", name: "test", kind: "evaluate" });
  server.use(
    http.get(api("/pipelines/pip_1"), () =>
      HttpResponse.json(fakePipeline({ runs: [fakeRun(), later, test] })),
    ),
    http.get(api("/runs/run_align/samples"), ({ request }) => {
      const { searchParams } = new URL(request.url);
      const step = Number(searchParams.get("step"));
      return searchParams.has("item")
        ? HttpResponse.json({
            data: [stepSample(step, "second", false)],
            steps: [5, 20],
            next_cursor: null,
          })
        : HttpResponse.json({ data: ITEMS, steps: [5, 10, 20], next_cursor: null });
    }),
  );
  const { user } = await open();
  await user.keyboard("jf");
  const following = await screen.findByRole("button", { name: "Following: 2 steps" });
  expect(following).toHaveAttribute("aria-pressed", "true");
  await user.keyboard("[[");
  expect(await screen.findByText("step 5")).toBeVisible();
  expect(item()).toBe("second");
  // Evaluations read other rows.
  const elsewhere = screen.getByRole("link", { name: "In other runs" });
  expect(elsewhere).toHaveAttribute("href", "/compare?runs=run_align%2Crun_rlvr&item=second");
  await user.keyboard("f");
  expect(await screen.findByRole("button", { name: "Follow item" })).toBeVisible();
});

it("marks the words in which a rollout differs", async () => {
  const { sample } = await open();
  const marks = [...sample.querySelectorAll("mark")].map((mark) => mark.textContent);
  expect(marks).toContain("a square");
});
