import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { signedInRoute } from "./signed-in";

export const fleetRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/fleet",
  component: lazyRouteComponent(() => import("./fleet-page"), "FleetPage"),
});
