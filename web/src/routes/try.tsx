import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { signedInRoute } from "./signed-in";

interface TrySearch {
  /** Id of the checkpoint that is tried. */
  checkpoint?: string;
  /** Id of the pipeline of a question that was asked. */
  question?: string;
}

export const tryRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/try",
  validateSearch: ({ checkpoint, question }: Record<string, unknown>): TrySearch => ({
    ...(typeof checkpoint === "string" ? { checkpoint } : {}),
    ...(typeof question === "string" ? { question } : {}),
  }),
  component: lazyRouteComponent(() => import("./try-page"), "TryPage"),
});
