import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import type { Identity } from "@/api/schema";
import { signedInRoute } from "./signed-in";

type Needs = "nothing" | "a project's administration" | "the installation's administration";

/** The parts of the settings, and what somebody must be for each. */
export const SECTIONS = [
  { value: "account", label: "Account", needs: "nothing" },
  { value: "tokens", label: "Tokens", needs: "nothing" },
  { value: "alerts", label: "Alerts", needs: "nothing" },
  { value: "members", label: "Members", needs: "a project's administration" },
  { value: "webhooks", label: "Webhooks", needs: "a project's administration" },
  { value: "audit-log", label: "Audit log", needs: "a project's administration" },
  { value: "users", label: "Accounts", needs: "the installation's administration" },
  { value: "worker-tokens", label: "Workers", needs: "the installation's administration" },
] as const satisfies readonly { value: string; label: string; needs: Needs }[];

export type Section = (typeof SECTIONS)[number]["value"];

/** The parts that are for somebody. */
export function sectionsFor({ administrator, roles }: Identity) {
  const may: Record<Needs, boolean> = {
    nothing: true,
    "a project's administration": administrator || Object.values(roles).includes("admin"),
    "the installation's administration": administrator,
  };
  return SECTIONS.filter(({ needs }) => may[needs]);
}

export const settingsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/settings",
  validateSearch: (search: Record<string, unknown>): { section?: Section } => {
    const section = SECTIONS.find(({ value }) => value === search.section);
    return section ? { section: section.value } : {};
  },
  component: lazyRouteComponent(() => import("./settings-page"), "SettingsPage"),
});
