import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { expect, it } from "vitest";
import type { ArmResult, RunSnapshot } from "@/api/schema";
import { fakePipeline, fakeRun } from "@/testing/fake-run";
import { renderApp } from "@/testing/render-app";
import { api, server } from "@/testing/server";

function result(arm: string, accuracy: number, changes: Partial<ArmResult> = {}): ArmResult {
  return {
    arm,
    run_id: `run_${arm}`,
    pipeline_id: "pip_1",
    seed: 0,
    study_id: null,
    benchmark: "miniature",
    scores: {
      accuracy_greedy: { value: accuracy, low: accuracy - 0.014, high: accuracy + 0.013, n: 1024 },
      caption_items: { value: 3.2, low: 3.1, high: 3.3, n: 1024 },
    },
    supervision: { caption_items: 4.25 },
    majority: 0.25,
    seconds: 125,
    paired: null,
    ...changes,
  };
}

function serve(benchmarks: string[], ...arms: ArmResult[]) {
  const results = () => HttpResponse.json({ benchmarks, arms });
  server.use(
    http.get(api("/results"), results),
    http.get(api("/pipelines/pip_1/results"), results),
  );
}

const row = (arm: string) => within(screen.getByTestId(`arm-${arm}`));

it("shows each arm beside supervision and the most common answer", async () => {
  serve(["miniature"], result("SFT", 0.42), result("PRISM", 0.7));
  const { user } = renderApp("/results");
  expect(await screen.findByTestId("arm-PRISM")).toHaveTextContent(
    "PRISM70.0 [68.6, 71.3]3.20 [3.10, 3.30]2 m 5 s",
  );
  expect(row("PRISM").getByText("70.0")).toHaveClass("font-bold");
  expect(row("SFT").getByText("42.0")).not.toHaveClass("font-bold");
  expect(screen.getByTestId("majority")).toHaveTextContent("Most common answer25.0");
  expect(screen.getByTestId("supervision")).toHaveTextContent("4.25");
  const behind = row("PRISM").getByRole("link", { name: /70\.0/ });
  expect(behind).toHaveAttribute("href", "/pipelines/pip_1?run=run_PRISM&tab=samples");
  await user.hover(behind);
  expect(await screen.findAllByText(/n = 1,024, 95% interval \[68\.6, 71\.3\]/)).not.toHaveLength(
    0,
  );
});

it("puts benchmarks side by side with their average, which needs all of them", async () => {
  serve(
    ["chart", "counting"],
    result("SFT", 0.4, { benchmark: "chart" }),
    result("SFT", 0.5, { benchmark: "counting" }),
    result("PRISM", 0.6, { benchmark: "chart" }),
  );
  const { user } = renderApp("/results");
  const table = within((await screen.findAllByTestId("results-table"))[0] as HTMLElement);
  const heads = table.getAllByRole("columnheader").map((head) => head.textContent);
  expect(heads).toEqual(["Arm", "chart", "counting", "Avg"]);
  expect(table.getByTestId("arm-SFT")).toHaveTextContent(
    "SFT40.0 [38.6, 41.3]50.0 [48.6, 51.3]45.0",
  );
  const prism = within(table.getByTestId("arm-PRISM"));
  await user.hover(prism.getByRole("button", { name: "It was not evaluated on counting." }));
  expect(
    prism.getByRole("button", { name: "The average needs every benchmark." }),
  ).toHaveTextContent("–");
  await user.selectOptions(screen.getByLabelText("What is compared"), "Items per caption");
  expect(table.getByTestId("arm-SFT")).toHaveTextContent("SFT3.20 [3.10, 3.30]");
});

it("compares all arms with the one that is clicked, and says what the marks mean", async () => {
  serve(["miniature"], result("SFT", 0.5), result("near", 0.51), result("PRISM", 0.7));
  const { user } = renderApp("/results");
  await user.click(await screen.findByRole("button", { name: "Compare all others with SFT" }));
  const differences = (arm: string) => row(arm).queryAllByTestId("difference")[0];
  expect(differences("PRISM")).toHaveTextContent("+20.0 ▲higher");
  expect(differences("PRISM")).toHaveClass("text-good");
  expect(differences("near")).toHaveTextContent("+1.0 no telling");
  expect(differences("SFT")).toBeUndefined();
  expect(screen.getByTestId("legend")).toHaveTextContent(
    /Differences to SFT: .* as if they had answered different items/,
  );
  await user.click(screen.getByRole("button", { name: "Compare all others with PRISM" }));
  expect(differences("SFT")).toHaveTextContent("−20.0 ▼lower");
  await user.click(screen.getByRole("button", { name: "Stop comparing" }));
  expect(differences("SFT")).toBeUndefined();
});

it("honours the best of each pipeline", async () => {
  serve(["miniature"], result("a", 0.5), result("b", 0.6, { pipeline_id: "pip_2" }));
  renderApp("/results");
  await screen.findByTestId("arm-a");
  expect(row("b").getByText("60.0")).not.toHaveClass("font-bold");
});

it("has a row for every evaluation of a pipeline, in its order, with the reason where it waits", async () => {
  const evaluation = (name: string, changes: Partial<RunSnapshot>) =>
    fakeRun({
      id: `run_${name}`,
      name: `score-${name}`,
      kind: "evaluate",
      steps: null,
      ...changes,
    });
  const pipeline = fakePipeline({
    runs: [
      evaluation("SFT", { state: "succeeded", config: { arm: "SFT" } }),
      evaluation("prism", {
        state: "blocked",
        config: { arm: null, policy: { run: "align" } },
        reason: "Waits for align",
      }),
      evaluation("gspo", {
        state: "cancelled",
        config: { arm: "GSPO" },
        exit: { kind: "upstream", message: "gspo is failed" },
      }),
      evaluation("Instruct", { state: "succeeded", config: { arm: "Instruct" } }),
    ],
  });
  serve(["miniature"], result("Instruct", 0.3), result("SFT", 0.42));
  server.use(http.get(api("/pipelines/pip_1"), () => HttpResponse.json(pipeline)));
  renderApp("/pipelines/pip_1?tab=results");
  await screen.findByTestId("arm-SFT");
  const arms = screen.getAllByTestId(/^arm-/).map(({ dataset }) => dataset.testid);
  expect(arms).toEqual(["arm-SFT", "arm-align", "arm-GSPO", "arm-Instruct"]);
  expect(
    row("align").getAllByRole("button", { name: "Not evaluated yet. Waits for align" }),
  ).toHaveLength(3);
  expect(
    row("GSPO").getAllByRole("button", { name: "Its evaluation is cancelled. gspo is failed" }),
  ).toHaveLength(3);
});

it("copies the table as it is", async () => {
  serve(["miniature"], result("SFT", 0.42), result("PRISM", 0.7));
  const { user } = renderApp("/results");
  await user.click(await screen.findByRole("button", { name: "Copy as LaTeX" }));
  await waitFor(async () =>
    expect(await navigator.clipboard.readText()).toContain(
      "PRISM & \\textbf{70.0} {\\scriptsize [68.6, 71.3]}",
    ),
  );
});

it("keeps further scores out of the main table until they are asked for, and knows what is best", async () => {
  const scores = (value: number) => ({
    ...result("x", value).scores,
    items_apart: { value, low: value - 0.1, high: value + 0.1, n: 512 },
  });
  serve(
    ["miniature"],
    result("SFT", 0.9, { scores: scores(0.9) }),
    result("PRISM", 0.3, { scores: scores(0.3) }),
  );
  const { user } = renderApp("/results");
  await screen.findByTestId("arm-SFT");
  expect(screen.queryByText("Distance of items")).not.toBeInTheDocument();
  await user.click(screen.getByRole("button", { name: "1 further scores" }));
  expect(screen.getByText("Distance of items")).toHaveAttribute(
    "title",
    "What Distance of items means",
  );
  expect(row("PRISM").getByText("0.30")).toHaveClass("font-bold");
  await user.click(screen.getByRole("button", { name: "Compare all others with SFT" }));
  expect(row("PRISM").getAllByTestId("difference").at(-1)).toHaveTextContent("−0.60 ▼lower");
  expect(row("PRISM").getAllByTestId("difference").at(-1)).toHaveClass("text-good");
});

it("has a further score for every part of a benchmark", async () => {
  const part = { value: 0.625, low: 0.3, high: 0.8, n: 8 };
  const scores = { ...result("x", 0.5).scores, "accuracy_greedy/task=geometry problems": part };
  serve(["MathVista"], result("SFT", 0.5, { benchmark: "MathVista", scores }));
  const { user } = renderApp("/results");
  await screen.findByTestId("arm-SFT");
  expect(screen.queryByText("geometry problems")).not.toBeInTheDocument();
  await user.click(screen.getByRole("button", { name: "1 further scores" }));
  expect(screen.getByText("geometry problems").getAttribute("title")).toMatch(
    /; of the items whose task is geometry problems$/,
  );
  expect(row("SFT").getByText("62.5")).toBeInTheDocument();
});

const paired = (arm: string, value: number, p: number) => ({
  arm,
  difference: { value, low: value - 0.02, high: value + 0.02, n: 240 },
  groups: 48,
  only_this: 30,
  only_other: 6,
  p,
});

it("marks where a policy is told apart from its parent, and says by what", async () => {
  serve(
    ["miniature"],
    result("SFT", 0.5),
    result("GRPO", 0.6, { paired: paired("SFT", 0.1, 0.0004) }),
    result("worse", 0.45, { paired: paired("SFT", -0.05, 0.04) }),
    result("even", 0.52, { paired: paired("SFT", 0.02, 0.3) }),
  );
  const { user } = renderApp("/results");
  await screen.findByTestId("arm-GRPO");
  expect(row("GRPO").getByTestId("paired-mark")).toHaveTextContent("▲higher than SFT");
  expect(row("worse").getByTestId("paired-mark")).toHaveTextContent("▼lower than SFT");
  expect(row("even").queryByTestId("paired-mark")).not.toBeInTheDocument();
  await user.hover(row("GRPO").getByRole("link", { name: /60\.0/ }));
  expect((await screen.findAllByTestId("paired-words"))[0]).toHaveTextContent(
    "+10.0 [8.0, 12.0] of the items against SFT, paired: p < 0.001; 30 right here alone, 6 there alone, of 240 in 48 groups",
  );
  expect(screen.getByTestId("legend")).toHaveTextContent(
    /lower than the policy that it was trained from, by an exact test .*McNemar/,
  );
});

it("asks for a paired comparison with the baseline that is clicked", async () => {
  const asked: (string | null)[] = [];
  const arms = [result("SFT", 0.5), result("GRPO", 0.6)];
  server.use(
    http.get(api("/results"), ({ request }) => {
      const baseline = new URL(request.url).searchParams.get("baseline");
      asked.push(baseline);
      const [first, second] = arms as [ArmResult, ArmResult];
      const other = baseline === "SFT" ? { ...second, paired: paired("SFT", 0.1, 0.2) } : second;
      return HttpResponse.json({ benchmarks: ["miniature"], arms: [first, other] });
    }),
  );
  const { user } = renderApp("/results");
  await user.click(await screen.findByRole("button", { name: "Compare all others with SFT" }));
  await waitFor(() => expect(asked).toContain("SFT"));
  await waitFor(() =>
    expect(row("GRPO").getAllByTestId("difference")[0]).toHaveTextContent("+10.0 no telling"),
  );
});

it("shows the paper's benchmarks in its order, by kind, whoever evaluated them", async () => {
  const names = [
    "HallusionBench",
    "MMMU",
    "MMMU-Pro",
    "MathVerse",
    "MathVision",
    "MathVista",
    "WeMath",
  ].map((name) => `miniature ${name}`);
  const arms = names.map((benchmark, place) =>
    result("SFT", 0.1 + place / 10, { benchmark, run_id: `run_${place}` }),
  );
  serve([...names, "shapes"], ...arms, result("other", 0.3, { benchmark: "shapes" }));
  renderApp("/results");
  const [table, further] = (await screen.findAllByTestId("results-table")) as HTMLElement[];
  const heads = within(table as HTMLElement).getAllByRole("columnheader");
  expect(heads.map((head) => head.textContent)).toEqual([
    "Math",
    "General",
    "Arm",
    "MathVista",
    "MathVerse",
    "MathVision",
    "WeMath",
    "MMMU",
    "MMMU-Pro",
    "HallusionBench",
    "Avg",
  ]);
  const cells = within(within(table as HTMLElement).getByTestId("arm-SFT")).getAllByRole("cell");
  expect(cells.map((cell) => cell.textContent?.split(" ")[0])).toEqual([
    "60.0",
    "40.0",
    "50.0",
    "70.0",
    "20.0",
    "30.0",
    "10.0",
    "40.0",
  ]);
  expect(within(table as HTMLElement).queryByTestId("arm-other")).not.toBeInTheDocument();
  expect(within(further as HTMLElement).getByTestId("arm-other")).toHaveTextContent("30.0");
  expect(screen.getByTestId("legend")).toHaveTextContent(/plain mean of the seven columns/);
});

it("takes no mean of fewer than the seven benchmarks", async () => {
  serve(["MMMU", "MathVista"], result("SFT", 0.4, { benchmark: "MMMU" }));
  renderApp("/results");
  const table = within((await screen.findAllByTestId("results-table"))[0] as HTMLElement);
  expect(table.getAllByRole("columnheader")).toHaveLength(11);
  const cells = within(table.getByTestId("arm-SFT")).getAllByRole("cell");
  expect(cells.map((cell) => cell.textContent)).toEqual([
    "–",
    "–",
    "–",
    "–",
    "40.0 [38.6, 41.3]",
    "–",
    "–",
    "–",
  ]);
});
