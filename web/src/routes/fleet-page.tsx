import { useQuery } from "@tanstack/react-query";
import { queuesQuery, quotasQuery, workersQuery } from "@/api/fleet";
import { sessionQuery } from "@/api/session";
import { Outline } from "@/components/ui/outline";
import { QueuesPanel } from "@/features/fleet/queues-panel";
import { QuotasPanel } from "@/features/fleet/quotas-panel";
import { UsagePanel } from "@/features/fleet/usage-panel";
import { WorkersPanel } from "@/features/fleet/workers-panel";

export function FleetPage() {
  const { data: user } = useQuery(sessionQuery);
  const operates = user?.permissions.includes("operate") ?? false;
  const isPending = useFleetIsPending();
  return (
    <div className="flex flex-col gap-3" data-testid="fleet">
      <h1 className="text-title font-semibold">Fleet</h1>
      {isPending ? (
        <Outline className="min-h-dvh" />
      ) : (
        <>
          <QueuesPanel />
          <WorkersPanel operates={operates} />
          <div className="grid items-start gap-3 *:min-w-0 lg:grid-cols-2">
            <QuotasPanel operates={operates} />
            <UsagePanel />
          </div>
        </>
      )}
    </div>
  );
}

/** Whether a panel is not answered yet, which would move those below it when it is. */
function useFleetIsPending(): boolean {
  const queues = useQuery(queuesQuery);
  const workers = useQuery(workersQuery);
  const quotas = useQuery(quotasQuery);
  return queues.isPending || workers.isPending || quotas.isPending;
}
