import { QueryClientProvider } from "@tanstack/react-query";
import { renderHook, waitFor } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import type { ReactNode } from "react";
import { expect, it } from "vitest";
import { createQueryClient } from "@/api/query-client";
import { api, server } from "@/testing/server";
import { NO_SERIES, type RunSeries, withHistory } from "./series";
import { useFinerSeries } from "./use-run-series";

function history(steps: number[]) {
  const points = steps.map((step) => [step, step, step, step, 1]);
  return { run_id: "run_1", series: [{ name: "loss", points }], progress: [], cursor: "c" };
}

function look(series: RunSeries, stretch: [number, number] | undefined) {
  const asked: string[] = [];
  server.use(
    http.get(api("/runs/run_1/metrics"), ({ request }) => {
      asked.push(new URL(request.url).search);
      return HttpResponse.json(history([100, 101, 102]));
    }),
  );
  const queryClient = createQueryClient();
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={queryClient}>{children}</QueryClientProvider>
  );
  const { result } = renderHook(() => useFinerSeries("run_1", series, stretch), { wrapper });
  const steps = () => result.current.metrics.loss?.map(({ step }) => step);
  return { asked, steps };
}

const whole = withHistory(NO_SERIES, history([50, 100, 102, 150]) as never);
const STRETCH: [number, number] = [100, 102];

it("asks for finer points of a stretch where the history is coarse", async () => {
  const { asked, steps } = look({ ...whole, coarse: true }, STRETCH);
  await waitFor(() => expect(steps()).toEqual([50, 100, 101, 102, 150]));
  expect(asked).toEqual(["?max_points=1000&from=100&to=102"]);
});

it("asks for nothing where every step is there already, or nothing is chosen", async () => {
  const fine = look(whole, STRETCH);
  const unchosen = look({ ...whole, coarse: true }, undefined);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect([fine.asked, unchosen.asked]).toEqual([[], []]);
  expect(fine.steps()).toEqual([50, 100, 102, 150]);
});
