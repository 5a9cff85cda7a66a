import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { recentPipelinesQuery } from "@/api/pipelines";
import { signedInRoute } from "./signed-in";

export const homeRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/",
  loader: ({ context: { queryClient } }) => void queryClient.prefetchQuery(recentPipelinesQuery),
  component: lazyRouteComponent(() => import("./home-page"), "HomePage"),
});
