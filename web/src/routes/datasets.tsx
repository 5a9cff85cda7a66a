import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { datasetsQuery } from "@/api/registry";
import { signedInRoute } from "./signed-in";

export const datasetsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/data",
  loader: ({ context: { queryClient } }) => void queryClient.prefetchQuery(datasetsQuery),
  component: lazyRouteComponent(() => import("./datasets-page"), "DatasetsPage"),
});
