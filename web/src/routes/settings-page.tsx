import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import type { Identity } from "@/api/schema";
import { sessionQuery } from "@/api/session";
import { Segmented } from "@/components/ui/segmented";
import { AccountPanel } from "@/features/account/account-panel";
import { AlertList } from "@/features/alerts/alert-list";
import { AuditLogPanel } from "@/features/audit-log/audit-log-panel";
import { MembersPanel } from "@/features/members/members-panel";
import { RetentionPanel } from "@/features/retention/retention-panel";
import { StoragePanel } from "@/features/storage/storage-panel";
import { TokensPanel } from "@/features/tokens/tokens-panel";
import { WorkerTokensPanel } from "@/features/tokens/worker-tokens-panel";
import { UsersPanel } from "@/features/users/users-panel";
import { WebhooksPanel } from "@/features/webhooks/webhooks-panel";
import { type Section, sectionsFor } from "./settings";

const route = getRouteApi("/signed-in/settings");

export function SettingsPage() {
  const { section = "account" } = route.useSearch();
  const navigate = route.useNavigate();
  const { data: user } = useQuery(sessionQuery);
  if (!user) {
    return null;
  }
  return (
    <div className="flex flex-col gap-3" data-testid="settings">
      <h1 className="text-title font-semibold">Settings</h1>
      <Segmented
        label="Section"
        className="self-start"
        value={section}
        options={sectionsFor(user)}
        onChange={(chosen) => void navigate({ search: { section: chosen } })}
      />
      <SectionContent section={section} user={user} />
    </div>
  );
}

function SectionContent({ section, user }: { section: Section; user: Identity }) {
  switch (section) {
    case "account":
      return <AccountPanel user={user} />;
    case "tokens":
      return <TokensPanel />;
    case "alerts":
      return <AlertList />;
    case "members":
      return (
        <MembersPanel
          below={(projectId) => (
            <>
              <StoragePanel projectId={projectId} sets={user.administrator} />
              <RetentionPanel projectId={projectId} />
            </>
          )}
        />
      );
    case "webhooks":
      return <WebhooksPanel />;
    case "audit-log":
      return <AuditLogPanel />;
    case "users":
      return <UsersPanel />;
    case "worker-tokens":
      return <WorkerTokensPanel />;
  }
}
