import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { catalogQuery } from "@/api/catalog";
import { pipelineQuery } from "@/api/pipelines";
import type { Panel } from "@/api/schema";
import { readPanels } from "@/api/shared-panels";
import { signedInRoute } from "./signed-in";

export const TABS = [
  "charts",
  "samples",
  "logs",
  "config",
  "environment",
  "checkpoints",
  "lineage",
  "results",
  "notes",
] as const;
export type Tab = (typeof TABS)[number];

interface PipelineSearch {
  run?: string;
  tab?: Tab;
  panels?: Panel[];
}

export const pipelineRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/pipelines/$pipelineId",
  validateSearch: (search: Record<string, unknown>): PipelineSearch => ({
    run: typeof search.run === "string" ? search.run : undefined,
    tab: TABS.find((tab) => tab === search.tab),
    panels: readPanels(search.panels),
  }),
  loader: ({ context: { queryClient }, params: { pipelineId } }) => {
    void queryClient.prefetchQuery(catalogQuery);
    void queryClient.prefetchQuery(pipelineQuery(pipelineId));
  },
  component: lazyRouteComponent(() => import("./pipeline-page"), "PipelinePage"),
});
