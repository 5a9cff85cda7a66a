import type { QueryClient } from "@tanstack/react-query";
import { createRouter, type RouterHistory } from "@tanstack/react-router";
import { prefix } from "./api/prefix";
import { compareRoute } from "./routes/compare";
import { datasetRoute } from "./routes/dataset";
import { datasetsRoute } from "./routes/datasets";
import { fleetRoute } from "./routes/fleet";
import { homeRoute } from "./routes/home";
import { launchRoute } from "./routes/launch";
import { pipelineRoute } from "./routes/pipeline";
import { resultsRoute } from "./routes/results";
import { rootRoute } from "./routes/root";
import { runsRoute } from "./routes/runs";
import { invitationRoute, setUpRoute } from "./routes/set-up";
import { settingsRoute } from "./routes/settings";
import { signInRoute } from "./routes/sign-in";
import { signedInRoute } from "./routes/signed-in";
import { studyRoute } from "./routes/study";
import { tryRoute } from "./routes/try";
import { unknownRoute } from "./routes/unknown";

const routeTree = rootRoute.addChildren([
  signInRoute,
  setUpRoute,
  invitationRoute,
  signedInRoute.addChildren([
    homeRoute,
    launchRoute,
    pipelineRoute,
    runsRoute,
    studyRoute,
    compareRoute,
    resultsRoute,
    datasetsRoute,
    datasetRoute,
    fleetRoute,
    settingsRoute,
    tryRoute,
    unknownRoute,
  ]),
]);

export function createAppRouter(queryClient: QueryClient, history?: RouterHistory) {
  return createRouter({
    routeTree,
    basepath: prefix || "/",
    context: { queryClient },
    history,
    defaultPreload: "intent",
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
