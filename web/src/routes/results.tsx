import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { resultsQuery } from "@/api/results";
import { signedInRoute } from "./signed-in";

export const resultsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/results",
  loader: ({ context: { queryClient } }) => void queryClient.prefetchQuery(resultsQuery()),
  component: lazyRouteComponent(() => import("./results-page"), "ResultsPage"),
});
