import { QueryClientProvider } from "@tanstack/react-query";
import { renderHook, waitFor } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import type { ReactNode } from "react";
import { expect, it } from "vitest";
import { createQueryClient } from "@/api/query-client";
import { api, server } from "@/testing/server";
import { NO_SERIES, type RunSeries, withHistory } from "./series";
import { type Look, useFinerSeries } from "./use-run-series";

function history(steps: number[], names = ["loss"]) {
  const points = steps.map((step) => [step, step, step, step, 1]);
  const series = names.map((name) => ({ name, points }));
  return { run_id: "run_1", series, progress: [], cursor: "c" };
}

function look(series: RunSeries, seen: Look | undefined) {
  const asked: string[] = [];
  server.use(
    http.get(api("/runs/run_1/metrics"), ({ request }) => {
      const { search, searchParams } = new URL(request.url);
      asked.push(search);
      const names = searchParams.get("names")?.split(",");
      return HttpResponse.json(history([100, 101, 102], names));
    }),
  );
  const queryClient = createQueryClient();
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={queryClient}>{children}</QueryClientProvider>
  );
  const { result } = renderHook(() => useFinerSeries("run_1", series, seen), { wrapper });
  const steps = (name = "loss") => result.current.metrics[name]?.map(({ step }) => step);
  return { asked, steps };
}

const whole = withHistory(NO_SERIES, history([50, 100, 102, 150]) as never);
const STRETCH: Look = { stretch: [100, 102], inSight: [] };

it("asks for finer points of a stretch where the history is coarse", async () => {
  const { asked, steps } = look({ ...whole, coarse: true }, STRETCH);
  await waitFor(() => expect(steps()).toEqual([50, 100, 101, 102, 150]));
  expect(asked).toEqual(["?max_points=400&from=100&to=102"]);
});

it("asks first for the curves that somebody sees, and then for the others", async () => {
  const both = withHistory(NO_SERIES, history([50, 100, 102, 150], ["loss", "reward"]) as never);
  const seen = { ...STRETCH, inSight: ["reward"] };
  const { asked, steps } = look({ ...both, coarse: true }, seen);
  await waitFor(() => expect(steps("reward")).toEqual([50, 100, 101, 102, 150]));
  await waitFor(() => expect(steps("loss")).toEqual([50, 100, 101, 102, 150]));
  expect(asked).toEqual([
    "?names=reward&max_points=400&from=100&to=102",
    "?names=loss&max_points=400&from=100&to=102",
  ]);
});

it("asks for nothing where every step is there already, or nothing is chosen", async () => {
  const fine = look(whole, STRETCH);
  const unchosen = look({ ...whole, coarse: true }, undefined);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect([fine.asked, unchosen.asked]).toEqual([[], []]);
  expect(fine.steps()).toEqual([50, 100, 102, 150]);
});
