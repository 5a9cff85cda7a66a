import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { catalogQuery } from "@/api/catalog";
import { signedInRoute } from "./signed-in";

export const launchRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/launch",
  validateSearch: ({ recipe }: Record<string, unknown>): { recipe?: string } =>
    typeof recipe === "string" ? { recipe } : {},
  loader: ({ context: { queryClient } }) => void queryClient.prefetchQuery(catalogQuery),
  component: lazyRouteComponent(() => import("./launch-page"), "LaunchRoutePage"),
});
