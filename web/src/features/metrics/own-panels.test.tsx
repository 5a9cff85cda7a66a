import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, it, vi } from "vitest";
import type { Panel, PanelBoard } from "@/api/schema";
import { fakePipeline } from "@/testing/fake-run";
import { renderApp } from "@/testing/render-app";
import { api, problem, server } from "@/testing/server";

vi.mock("./draw");

const panelOf = (title: string, ...metrics: string[]): Panel => ({
  title,
  metrics,
  axis: "step",
  scale: "linear",
  smoothing: 0,
});

let board: PanelBoard;

beforeEach(() => {
  board = { panels: [], version: 0 };
  server.use(
    http.get(api("/pipelines/pip_1"), () => HttpResponse.json(fakePipeline())),
    http.get(api("/runs/run_align/metrics"), () =>
      HttpResponse.json({
        run_id: "run_align",
        series: ["gap_perception", "train/loss"].map((name) => ({
          name,
          points: [[1, 2, 2, 2, 1]],
        })),
        progress: [[1, 500, 2]],
        cursor: "c0",
      }),
    ),
    http.get(api("/projects/prj_1/panels"), () => HttpResponse.json(board)),
    http.put(api("/projects/prj_1/panels"), async ({ request }) => {
      const wanted = (await request.json()) as PanelBoard;
      if (wanted.version !== board.version) {
        return problem(409, { detail: "The panels were changed elsewhere." });
      }
      board = { panels: wanted.panels, version: board.version + 1 };
      return HttpResponse.json(board);
    }),
  );
});

const titles = async () =>
  within(await screen.findByTestId("own-panels"))
    .queryAllByRole("listitem")
    .map((item) => within(item).getByRole("figure").getAttribute("aria-label"));

it("adds a panel of metrics that are found by a few letters, and keeps it on the server", async () => {
  const { user } = renderApp("/pipelines/pip_1");
  await user.click(await screen.findByRole("button", { name: "Add panel" }));
  const form = within(await screen.findByRole("dialog"));
  expect(form.getByRole("button", { name: "Add" })).toBeDisabled();
  await user.type(form.getByRole("searchbox"), "reward gap");
  await user.click(form.getByRole("checkbox", { name: "Perception reward gap" }));
  await user.clear(form.getByRole("searchbox"));
  await user.type(form.getByRole("searchbox"), "train/");
  await user.click(form.getByRole("checkbox", { name: "train/loss" }));
  await user.click(form.getByRole("radio", { name: "Tokens" }));
  await user.click(form.getByRole("radio", { name: "Log" }));
  await user.type(form.getByRole("textbox", { name: "Title" }), "Mine <b>");
  await user.click(form.getByRole("button", { name: "Add" }));
  await waitFor(() =>
    expect(board).toEqual({
      panels: [
        {
          title: "Mine <b>",
          metrics: ["gap_perception", "train/loss"],
          axis: "tokens",
          scale: "log",
          smoothing: 0,
        },
      ],
      version: 1,
    }),
  );
  const chart = within(await screen.findByTestId("chart-own-1"));
  expect(chart.getByRole("row", { name: /train\/loss/ })).toBeInTheDocument();
  expect(chart.getByText("Linear: not all is above 0")).toBeVisible();
});

it("moves panels by the keyboard, the focus with them, and removes one once that is agreed to", async () => {
  board.panels = ["A", "B", "C"].map((title) => panelOf(title, "train/loss"));
  const { user } = renderApp("/pipelines/pip_1");
  (await screen.findByRole("button", { name: "Move A behind" })).focus();
  await user.keyboard("{Enter}");
  await waitFor(() => expect(board.version).toBe(1));
  expect(await titles()).toEqual(["B", "A", "C"]);
  expect(screen.getByRole("button", { name: "Move A behind" })).toHaveFocus();
  expect(screen.getByText("A is at place 2 of 3")).toBeInTheDocument();
  await user.keyboard("{Enter}");
  await waitFor(() => expect(board.panels.map(({ title }) => title)).toEqual(["B", "C", "A"]));
  expect(screen.getByRole("button", { name: "Move A before" })).toHaveFocus();
  await user.click(screen.getByRole("button", { name: "Remove C" }));
  await user.click(await screen.findByTestId("confirm"));
  await waitFor(() => expect(board.panels.map(({ title }) => title)).toEqual(["B", "A"]));
});

it("says plainly what was not measured here", async () => {
  board.panels = [
    panelOf("Elsewhere", "pass_at_4"),
    panelOf("Half", "pass_at_4", "gap_perception"),
  ];
  renderApp("/pipelines/pip_1");
  expect(await screen.findByText("Nothing was measured here of pass@4.")).toBeVisible();
  const half = within(await screen.findByTestId("chart-own-2"));
  expect(half.getByText("No pass@4 here")).toBeVisible();
});

it("shows what a link holds, which may be kept", async () => {
  board.panels = [panelOf("Mine", "train/loss")];
  const theirs = encodeURIComponent(JSON.stringify([panelOf("Theirs", "gap_perception")]));
  const { user, router } = renderApp(`/pipelines/pip_1?panels=${theirs}`);
  expect(await screen.findByRole("heading", { name: "Panels of this link" })).toBeVisible();
  expect(await titles()).toEqual(["Theirs"]);
  expect(screen.queryByRole("button", { name: "Remove Theirs" })).not.toBeInTheDocument();
  await user.click(screen.getByRole("button", { name: "Keep them" }));
  await waitFor(() => expect(board.panels.map(({ title }) => title)).toEqual(["Mine", "Theirs"]));
  expect(await titles()).toEqual(["Mine", "Theirs"]);
  expect(router.state.location.search).not.toHaveProperty("panels");
  await user.click(screen.getByRole("button", { name: "Copy as link" }));
  const link = new URL(await navigator.clipboard.readText());
  expect(JSON.parse(link.searchParams.get("panels") ?? "")).toEqual(board.panels);
});

it("brings what was changed elsewhere instead of undoing it", async () => {
  board.panels = [panelOf("Old", "train/loss")];
  const { user } = renderApp("/pipelines/pip_1");
  const remove = await screen.findByRole("button", { name: "Remove Old" });
  board = { panels: [panelOf("New", "train/loss")], version: 5 };
  await user.click(remove);
  await user.click(await screen.findByTestId("confirm"));
  expect(await screen.findByTestId("toast")).toHaveTextContent("changed elsewhere");
  await waitFor(async () => expect(await titles()).toEqual(["New"]));
  expect(board.version).toBe(5);
});
