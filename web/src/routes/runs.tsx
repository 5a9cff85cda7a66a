import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { signedInRoute } from "./signed-in";

export const runsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/runs",
  validateSearch: ({ view }: Record<string, unknown>): { view?: "runs" } =>
    view === "runs" ? { view } : {},
  component: lazyRouteComponent(() => import("./runs-page"), "RunsPage"),
});
