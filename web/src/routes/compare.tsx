import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { comparedPipelinesQueries } from "@/api/pipelines";
import { comparedCurvesQuery } from "@/api/runs";
import type { Panel } from "@/api/schema";
import { readPanels } from "@/api/shared-panels";
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
  axis?: Exclude<Panel["axis"], "step">;
  /** A stretch of the axis, such as 10-40. */
  stretch?: string;
  panels?: Panel[];
}

const STRETCH = /^\d+(\.\d+)?-\d+(\.\d+)?$/;

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
    axis: search.axis === "tokens" || search.axis === "seconds" ? search.axis : undefined,
    stretch: STRETCH.test(String(search.stretch)) ? String(search.stretch) : undefined,
    panels: readPanels(search.panels),
  }),
  // The page asks for curves once it knows the runs; the server need not wait for that.
  loaderDeps: ({ search: { runs } }) => ({ runs }),
  loader: ({ context: { queryClient }, deps: { runs } }) => {
    const ids = [...new Set(runs.split(",").filter(Boolean))];
    for (const query of comparedPipelinesQueries(ids)) {
      void queryClient.prefetchQuery(query);
    }
    for (const id of ids) {
      void queryClient.prefetchQuery(comparedCurvesQuery(id));
    }
  },
  component: lazyRouteComponent(() => import("./compare-page"), "ComparePage"),
});
