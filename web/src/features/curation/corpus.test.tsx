import { screen, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { expect, it } from "vitest";
import { fakePipeline, fakeRun } from "@/testing/fake-run";
import { renderApp } from "@/testing/render-app";
import { api, page, server } from "@/testing/server";

it("leads to the data sets of a curation, and says why one is missing", async () => {
  const run = fakeRun({ id: "run_curate", name: "curate", kind: "curate", state: "succeeded" });
  const dataset = { host: "gpu-7", dataset_id: null, problem: null };
  server.use(
    http.get(api("/pipelines/pip_1"), () => HttpResponse.json(fakePipeline({ runs: [run] }))),
    http.get(api("/runs/run_curate/metrics"), () =>
      HttpResponse.json({ run_id: "run_curate", series: [], progress: [], cursor: "c0" }),
    ),
    http.get(api("/runs/run_curate/events"), () => page()),
    http.get(api("/runs/run_curate/datasets"), () =>
      page(
        {
          ...dataset,
          part: "sft",
          name: "geo-sft",
          location: "curated/r/sft",
          dataset_id: "dat_1",
        },
        {
          ...dataset,
          part: "rlvr",
          name: "geo-rlvr",
          location: "curated/r/rlvr",
          problem: "there is no such thing below /data.",
        },
      ),
    ),
  );
  renderApp("/pipelines/pip_1");
  const corpus = within(await screen.findByTestId("corpus"));
  expect(corpus.getByRole("link", { name: "geo-sft" })).toHaveAttribute("href", "/data/dat_1");
  expect(corpus.getAllByRole("link")).toHaveLength(1);
  expect(corpus.getAllByRole("listitem").map((item) => item.textContent)).toEqual([
    "geo-sftcurated/r/sft",
    "geo-rlvrcurated/r/rlvrnot registered: there is no such thing below /data. It lies on gpu-7.",
  ]);
});
