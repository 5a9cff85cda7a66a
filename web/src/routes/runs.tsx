import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { viewsQuery } from "@/api/views";
import { type ListSearch, readListSearch } from "@/features/runs/list-search";
import { signedInRoute } from "./signed-in";

export const runsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/runs",
  validateSearch: (search: Record<string, unknown>): { view?: "runs" | "studies" } & ListSearch => {
    if (search.view === "studies") {
      return { view: "studies" };
    }
    return search.view === "runs" ? { view: "runs", ...readListSearch(search) } : {};
  },
  loader: ({ context: { queryClient } }) => void queryClient.prefetchQuery(viewsQuery),
  component: lazyRouteComponent(() => import("./runs-page"), "RunsPage"),
});
