import { QueryClient } from "@tanstack/react-query";
import { expect, it } from "vitest";
import { fakePipeline, fakeRun } from "@/testing/fake-run";
import { pipelineQuery } from "./pipelines";
import { keepPipeline, keepRun } from "./snapshots";

const { queryKey } = pipelineQuery("pip_1");

it("replaces a pipeline by a later version, never by an earlier one", () => {
  const queryClient = new QueryClient();
  keepPipeline(queryClient, fakePipeline({ version: 2, state: "succeeded" }));
  keepPipeline(queryClient, fakePipeline({ version: 1, state: "running" }));
  expect(queryClient.getQueryData(queryKey)?.state).toBe("succeeded");
  keepPipeline(queryClient, fakePipeline({ version: 3, state: "failed" }));
  expect(queryClient.getQueryData(queryKey)?.state).toBe("failed");
});

it("keeps the newest snapshot of every run, from wherever it came", () => {
  const queryClient = new QueryClient();
  const step = () => queryClient.getQueryData(queryKey)?.runs[0]?.step;
  keepPipeline(queryClient, fakePipeline());
  keepRun(queryClient, fakeRun({ version: 5, step: 9 }));
  keepPipeline(queryClient, fakePipeline({ version: 2, runs: [fakeRun({ version: 4, step: 8 })] }));
  expect(step()).toBe(9);
  keepRun(queryClient, fakeRun({ version: 3, step: 7 }));
  expect(step()).toBe(9);
});
