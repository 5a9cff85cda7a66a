import { useQuery } from "@tanstack/react-query";
import { sessionQuery } from "@/api/session";
import { QueuesPanel } from "@/features/fleet/queues-panel";
import { QuotasPanel } from "@/features/fleet/quotas-panel";
import { UsagePanel } from "@/features/fleet/usage-panel";
import { WorkersPanel } from "@/features/fleet/workers-panel";

export function FleetPage() {
  const { data: user } = useQuery(sessionQuery);
  const operates = user?.permissions.includes("operate") ?? false;
  return (
    <div className="flex flex-col gap-3" data-testid="fleet">
      <h1 className="text-title font-semibold">Fleet</h1>
      <QueuesPanel />
      <WorkersPanel operates={operates} />
      <div className="grid items-start gap-3 *:min-w-0 lg:grid-cols-2">
        <QuotasPanel operates={operates} />
        <UsagePanel />
      </div>
    </div>
  );
}
