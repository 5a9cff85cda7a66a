import { screen, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, it } from "vitest";
import { fakeDataset, fakePreviewRow } from "@/testing/fake-dataset";
import { fakeRun } from "@/testing/fake-run";
import { renderApp } from "@/testing/render-app";
import { api, page, problem, server } from "@/testing/server";

beforeEach(() => {
  server.use(
    http.get(api("/datasets"), () => page(fakeDataset())),
    http.get(api("/datasets/dat_1"), () => HttpResponse.json(fakeDataset())),
    http.get(api("/datasets/dat_1/preview"), () =>
      HttpResponse.json({
        data: [
          fakePreviewRow(),
          fakePreviewRow({
            id: "talk",
            question: "",
            gold: null,
            demonstration: null,
            images: [],
            turns: [
              { role: "user", content: "Hello?" },
              { role: "assistant", content: "Hello." },
            ],
          }),
        ],
      }),
    ),
  );
});

it("lists data sets with what they hold, and leads to each", async () => {
  const { user, router } = renderApp("/data");
  const row = within(await screen.findByTestId("row-dat_1"));
  const cells = row.getAllByRole("cell").map((cell) => cell.textContent);
  expect(cells.slice(0, 7)).toEqual([
    "geometry",
    "990",
    "64",
    "900",
    "990",
    "train 890, test 100",
    "10",
  ]);
  await user.click(row.getByRole("link", { name: "geometry" }));
  expect(router.state.location.pathname).toBe("/data/dat_1");
});

it("says how to get a first data set", async () => {
  server.use(http.get(api("/datasets"), () => page()));
  renderApp("/data");
  expect(await screen.findByText(/prism data import/)).toBeVisible();
});

it("leads back to the curation that made it", async () => {
  server.use(
    http.get(api("/datasets/dat_1"), () => HttpResponse.json(fakeDataset({ run_id: "run_9" }))),
    http.get(api("/runs/run_9"), () =>
      HttpResponse.json(fakeRun({ id: "run_9", pipeline_id: "pip_4", name: "curate" })),
    ),
  );
  renderApp("/data/dat_1");
  const origin = await screen.findByTestId("origin");
  expect(origin).toHaveTextContent("curated by curate");
  expect(origin).toHaveAttribute("href", "/pipelines/pip_4?run=curate");
});

it("shows how the import went and why rows are missing", async () => {
  renderApp("/data/dat_1");
  const summary = within(await screen.findByTestId("import"));
  expect(
    summary.getByText("990 of 1,000 rows could be used; 10 (1.0%) are quarantined."),
  ).toBeVisible();
  const reasons = summary.getAllByRole("listitem").map((item) => item.textContent);
  expect(reasons).toEqual(["image does not decode7", "gold answer cannot be used3"]);
  expect(summary.getByText("verl · train.parquet and 1 more")).toBeVisible();
});

it("shows rows with image, question, gold and sections", async () => {
  renderApp("/data/dat_1");
  const card = within(await screen.findByRole("region", { name: "Row train-1" }));
  expect(card.getByRole("img")).toHaveAttribute("src", "/api/v1/artifacts/ab12");
  expect(card.getByText("How many circles?")).toBeVisible();
  expect(card.getByText("integer")).toBeVisible();
  expect(card.getAllByRole("definition").map((part) => part.textContent)).toEqual([
    "- two circles",
    "count them",
    "2",
  ]);
  const talk = within(screen.getByRole("region", { name: "Row talk" }));
  expect(talk.getAllByRole("definition").map((turn) => turn.textContent)).toEqual([
    "Hello?",
    "Hello.",
  ]);
  expect(screen.getByText("91% of rows")).toBeVisible();
});

it("says what was not counted, and what to do about a missing data set", async () => {
  const old = fakeDataset({ demonstrations: null, answers: null, imported: null, splits: {} });
  server.use(http.get(api("/datasets/dat_1"), () => HttpResponse.json(old)));
  renderApp("/data/dat_1");
  expect(await screen.findAllByText("not counted")).toHaveLength(2);
  expect(screen.queryByTestId("import")).not.toBeInTheDocument();

  server.use(
    http.get(api("/datasets/dat_2"), () => problem(404, { detail: "There is no data set dat_2." })),
    http.get(api("/datasets/dat_2/preview"), () => problem(404)),
  );
  renderApp("/data/dat_2");
  expect(await screen.findByText("There is no data set dat_2.")).toBeVisible();
});
