import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { signedInRoute } from "./signed-in";

export const SECTIONS = ["account", "tokens", "members", "audit-log"] as const;
export type Section = (typeof SECTIONS)[number];

export const settingsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/settings",
  validateSearch: (search: Record<string, unknown>): { section?: Section } =>
    SECTIONS.includes(search.section as Section) ? { section: search.section as Section } : {},
  component: lazyRouteComponent(() => import("./settings-page"), "SettingsPage"),
});
