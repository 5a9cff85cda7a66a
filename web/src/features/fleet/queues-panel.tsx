import { useQuery } from "@tanstack/react-query";
import { queuesQuery } from "@/api/fleet";
import type { QueueSnapshot, WaitingRun } from "@/api/schema";
import { Failure } from "@/components/failure";
import { Ago } from "@/components/moment";
import { Panel, PanelHeading } from "@/components/ui/panel";
import { WaitingWords } from "@/components/waiting-words";
import { RunLink } from "./run-link";
import { describeSlots } from "./sums";

/** Every queue with what waits in it, and why. */
export function QueuesPanel() {
  const { data, error, refetch } = useQuery(queuesQuery);
  return (
    <Panel>
      <PanelHeading>Queues</PanelHeading>
      {error && !data && <Failure error={error} onRetry={() => void refetch()} />}
      {data?.length === 0 && (
        <p className="max-w-[72ch] px-4 py-4 text-muted">
          No worker serves a queue, and nothing waits in one. Start a worker with{" "}
          <code className="whitespace-nowrap">prism worker --queue default</code>.
        </p>
      )}
      {data?.map((queue) => (
        <Queue key={queue.name} queue={queue} />
      ))}
    </Panel>
  );
}

function Queue({ queue }: { queue: QueueSnapshot }) {
  const waiting = queue.waiting.length + queue.elsewhere;
  return (
    <section
      data-testid={`queue-${queue.name}`}
      aria-label={`Queue ${queue.name}`}
      className="border-b border-line px-4 py-2 last:border-0"
    >
      <h3 className="flex min-h-6 flex-wrap items-baseline gap-x-4">
        <span className="font-semibold">{queue.name}</span>
        <span className="text-muted tabular-nums">{describeSlots(queue)}</span>
        <span className="text-muted tabular-nums">
          {waiting === 0 ? "nothing waits" : `${waiting} waiting`}
        </span>
      </h3>
      {queue.waiting.length > 0 && (
        <ol>
          {queue.waiting.map((run) => (
            <Waiting key={run.run_id} run={run} />
          ))}
        </ol>
      )}
      {queue.elsewhere > 0 && (
        <p className="text-small text-muted">
          {queue.elsewhere} of these in projects that you do not see.
        </p>
      )}
    </section>
  );
}

function Waiting({ run }: { run: WaitingRun }) {
  return (
    <li
      data-testid={`waiting-${run.run_id}`}
      className="flex flex-wrap items-baseline gap-x-4 border-t border-line py-1.5"
    >
      <span className="min-w-56">
        <RunLink run={run} />
      </span>
      <span className="min-w-0 flex-1 basis-72">
        <WaitingWords reason={run.reason} starts={run.starts} />
      </span>
      <span className="text-small text-muted">
        {run.project}
        {run.priority !== 0 && `, priority ${run.priority}`}, since <Ago instant={run.queued_at} />
      </span>
    </li>
  );
}
