import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleCheck, CircleSlash, Hourglass, type LucideIcon, Unplug } from "lucide-react";
import { orderWorker, workersQuery } from "@/api/fleet";
import type { SlotSnapshot, WorkerSnapshot } from "@/api/schema";
import { classNames } from "@/components/class-names";
import { Failure } from "@/components/failure";
import { Ago } from "@/components/moment";
import { Button } from "@/components/ui/button";
import { Panel, PanelHeading } from "@/components/ui/panel";
import { useNow } from "@/components/use-now";
import { formatSize } from "@/format/numbers";
import { RunLink } from "./run-link";
import { describeDevices, describeUse, presentWorkers } from "./sums";

const LOOKS: Record<WorkerSnapshot["state"], { icon: LucideIcon; colour: string }> = {
  online: { icon: CircleCheck, colour: "text-good" },
  draining: { icon: Hourglass, colour: "text-warn" },
  drained: { icon: CircleSlash, colour: "text-warn" },
  offline: { icon: Unplug, colour: "text-muted" },
};

/** Every worker with its slots, what each has and does, and taking it out of service. */
export function WorkersPanel({ operates }: { operates: boolean }) {
  const { data, error, refetch } = useQuery(workersQuery);
  const now = useNow(60_000);
  const { present, gone } = presentWorkers(data ?? [], now);
  return (
    <Panel>
      <PanelHeading>Workers</PanelHeading>
      {error && !data && <Failure error={error} onRetry={() => void refetch()} />}
      {data && present.length === 0 && (
        <p className="max-w-[72ch] px-4 py-4 text-muted">
          No worker is there. Start one on a machine with <code>prism worker</code>; it takes runs
          at once.
        </p>
      )}
      {present.map((worker) => (
        <Worker key={worker.id} worker={worker} operates={operates} />
      ))}
      {gone > 0 && (
        <p className="px-4 py-2 text-small text-muted">
          {gone} {gone === 1 ? "other was" : "others were"} not heard of for more than a day.
        </p>
      )}
    </Panel>
  );
}

function Worker({ worker, operates }: { worker: WorkerSnapshot; operates: boolean }) {
  return (
    <section
      data-testid={`worker-${worker.name}`}
      aria-label={`Worker ${worker.name}`}
      className="border-b border-line px-4 py-2 last:border-0"
    >
      <div className="flex min-h-8 flex-wrap items-center gap-x-4 gap-y-1">
        <h3 className="font-semibold">{worker.name}</h3>
        <WorkerState state={worker.state} />
        <span className="min-w-0 wrap-anywhere text-muted">
          serves {worker.queues.join(", ")} on {worker.host}
        </span>
        {worker.state === "offline" && (
          <span className="text-muted">
            last heard of <Ago instant={worker.seen_at} />
          </span>
        )}
        {worker.disk && worker.disk.state !== "enough" && (
          <span className={worker.disk.state === "full" ? "text-bad" : "text-warn"}>
            disk {worker.disk.state === "full" ? "full" : "low"}:{" "}
            {formatSize(worker.disk.free_bytes)} of {formatSize(worker.disk.total_bytes)} left
          </span>
        )}
        {operates && <WorkerOrder worker={worker} />}
      </div>
      <ul>
        {worker.slots.map((slot) => (
          <Slot key={slot.number} slot={slot} />
        ))}
      </ul>
    </section>
  );
}

function WorkerState({ state }: { state: WorkerSnapshot["state"] }) {
  const { icon: Icon, colour } = LOOKS[state];
  return (
    <span className={classNames("inline-flex items-center gap-1 font-medium", colour)}>
      <Icon aria-hidden className="size-3.5" />
      {state}
    </span>
  );
}

function WorkerOrder({ worker }: { worker: WorkerSnapshot }) {
  const queryClient = useQueryClient();
  const verb = worker.state === "draining" || worker.state === "drained" ? "resume" : "drain";
  const ordered = useMutation({
    mutationFn: () => orderWorker(worker.id, verb),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["fleet"] }),
  });
  return (
    <span className="ml-auto flex items-center gap-3">
      {ordered.error && <span className="text-bad">It could not be asked; try again.</span>}
      <Button
        size="small"
        busy={ordered.isPending}
        title={
          verb === "drain" ? "Give it no more runs; those that it executes go on" : "Give it runs"
        }
        onClick={() => ordered.mutate()}
      >
        {verb === "drain" ? "Drain" : "Resume"}
      </Button>
    </span>
  );
}

function Slot({ slot }: { slot: SlotSnapshot }) {
  const devices = describeDevices(slot.devices);
  const use = describeUse(slot.devices);
  return (
    <li className="flex flex-wrap items-baseline gap-x-4 border-t border-line py-1.5">
      <span className="w-14 text-muted tabular-nums">slot {slot.number}</span>
      <span className="min-w-48 flex-1">
        {slot.run ? <RunLink run={slot.run} /> : slot.busy ? "a run of another project" : "idle"}
      </span>
      <span className="text-muted tabular-nums">
        {devices || "no GPU"}
        {use && `: ${use}`}
      </span>
    </li>
  );
}
