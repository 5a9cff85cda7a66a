import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { sessionQuery } from "@/api/session";
import { Segmented } from "@/components/ui/segmented";
import { AccountPanel } from "@/features/account/account-panel";
import { AuditLogPanel } from "@/features/audit-log/audit-log-panel";
import { MembersPanel } from "@/features/members/members-panel";
import { TokensPanel } from "@/features/tokens/tokens-panel";
import type { Section } from "./settings";

const route = getRouteApi("/signed-in/settings");

export function SettingsPage() {
  const { section = "account" } = route.useSearch();
  const navigate = route.useNavigate();
  const { data: user } = useQuery(sessionQuery);
  if (!user) {
    return null;
  }
  const administers = user.administrator || Object.values(user.roles).includes("admin");
  const options: { value: Section; label: string }[] = [
    { value: "account", label: "Account" },
    { value: "tokens", label: "Tokens" },
    ...(administers
      ? ([
          { value: "members", label: "Members" },
          { value: "audit-log", label: "Audit log" },
        ] as const)
      : []),
  ];
  return (
    <div className="flex flex-col gap-3" data-testid="settings">
      <h1 className="text-title font-semibold">Settings</h1>
      <Segmented
        label="Section"
        className="self-start"
        value={section}
        options={options}
        onChange={(chosen) => void navigate({ search: { section: chosen } })}
      />
      {section === "account" && <AccountPanel user={user} />}
      {section === "tokens" && <TokensPanel />}
      {section === "members" && <MembersPanel />}
      {section === "audit-log" && <AuditLogPanel />}
    </div>
  );
}
