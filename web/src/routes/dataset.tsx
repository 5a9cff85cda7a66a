import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { datasetQuery, previewQuery } from "@/api/registry";
import { signedInRoute } from "./signed-in";

export const datasetRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/data/$datasetId",
  loader: ({ context: { queryClient }, params: { datasetId } }) => {
    void queryClient.prefetchQuery(datasetQuery(datasetId));
    void queryClient.prefetchQuery(previewQuery(datasetId));
  },
  component: lazyRouteComponent(() => import("./dataset-page"), "DatasetPage"),
});
