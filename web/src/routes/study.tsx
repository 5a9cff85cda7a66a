import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { studyQuery } from "@/api/studies";
import { signedInRoute } from "./signed-in";

export const studyRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/studies/$studyId",
  loader: ({ context: { queryClient }, params: { studyId } }) =>
    void queryClient.prefetchQuery(studyQuery(studyId)),
  component: lazyRouteComponent(() => import("./study-page"), "StudyPage"),
});
