import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { catalogQuery } from "@/api/catalog";
import { signedInRoute } from "./signed-in";

interface LaunchSearch {
  recipe?: string;
  /** Id of a run or of a pipeline. */
  fork?: string;
}

export const launchRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/launch",
  validateSearch: ({ recipe, fork }: Record<string, unknown>): LaunchSearch => ({
    ...(typeof recipe === "string" ? { recipe } : {}),
    ...(typeof fork === "string" ? { fork } : {}),
  }),
  loader: ({ context: { queryClient } }) => void queryClient.prefetchQuery(catalogQuery),
  component: lazyRouteComponent(() => import("./launch-page"), "LaunchRoutePage"),
});
