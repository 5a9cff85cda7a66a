import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { comparedCurvesQuery, runQuery } from "@/api/runs";
import { signedInRoute } from "./signed-in";

/** All that somebody chose on the page; the address holds it, so that a link shows the same. */
export interface CompareSearch {
  /** Ids with commas between. */
  runs: string;
  baseline?: string;
  item?: string;
  /** Whether the seeds of one arm are drawn one by one. */
  apart?: true;
  smooth?: true;
  log?: true;
  /** A stretch of steps, such as 10-40. */
  steps?: string;
}

const text = (value: unknown) => (typeof value === "string" && value ? value : undefined);
const flag = (value: unknown) => (value === true ? true : undefined);

export const compareRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/compare",
  validateSearch: (search: Record<string, unknown>): CompareSearch => ({
    runs: text(search.runs) ?? "",
    baseline: text(search.baseline),
    item: text(search.item),
    apart: flag(search.apart),
    smooth: flag(search.smooth),
    log: flag(search.log),
    steps: /^\d+-\d+$/.test(String(search.steps)) ? String(search.steps) : undefined,
  }),
  // The page asks for curves once it knows the runs; the server need not wait for that.
  loaderDeps: ({ search: { runs } }) => ({ runs }),
  loader: ({ context: { queryClient }, deps: { runs } }) => {
    for (const id of runs.split(",").filter(Boolean)) {
      void queryClient.prefetchQuery(runQuery(id));
    }
    for (const id of runs.split(",").filter(Boolean)) {
      void queryClient.prefetchQuery(comparedCurvesQuery(id));
    }
  },
  component: lazyRouteComponent(() => import("./compare-page"), "ComparePage"),
});
