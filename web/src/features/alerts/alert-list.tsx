import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import {
  CircleCheck,
  CircleOff,
  CirclePause,
  Gauge,
  HardDrive,
  type LucideIcon,
  TrendingUp,
  Unlink,
} from "lucide-react";
import { useState } from "react";
import { type AlertKind, alertsQuery } from "@/api/alerts";
import type { AlertSnapshot } from "@/api/schema";
import { classNames } from "@/components/class-names";
import { Failure } from "@/components/failure";
import { Ago } from "@/components/moment";
import { MoreButton } from "@/components/more-button";
import { PlainTable } from "@/components/plain-table";
import { Panel, PanelHeading } from "@/components/ui/panel";
import { Select } from "@/components/ui/select";

interface Look {
  Icon: LucideIcon;
  colour: string;
  meaning: string;
}

const LOOKS: Record<AlertKind, Look> = {
  diverged: {
    Icon: TrendingUp,
    colour: "text-bad",
    meaning: "A loss or a gradient was no number; the run failed for it",
  },
  collapsed: {
    Icon: CircleOff,
    colour: "text-bad",
    meaning: "Scores no longer vary, or most rollouts are malformed",
  },
  saturated: {
    Icon: Gauge,
    colour: "text-warn",
    meaning: "The discriminator wins nearly every pair",
  },
  mismatched: {
    Icon: Unlink,
    colour: "text-warn",
    meaning: "The sampler draws from another policy than the learner teaches",
  },
  stalled: { Icon: CirclePause, colour: "text-warn", meaning: "No step has finished for long" },
  disk_low: {
    Icon: HardDrive,
    colour: "text-warn",
    meaning: "The disk of the server or of a worker will be full soon",
  },
  disk_full: {
    Icon: HardDrive,
    colour: "text-bad",
    meaning: "The disk of the server or of a worker is full",
  },
  finished: { Icon: CircleCheck, colour: "text-muted", meaning: "A pipeline came to its end" },
};

const KINDS = Object.keys(LOOKS) as AlertKind[];

/** What wanted somebody's eye in all projects that one may read. */
export function AlertList() {
  const [kind, setKind] = useState<AlertKind>();
  const query = useInfiniteQuery(alertsQuery(kind));
  const alerts = query.data?.pages.flatMap(({ data }) => data) ?? [];
  if (query.error && !query.data) {
    return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  }
  return (
    <div>
      <Panel>
        <PanelHeading
          aside={
            <Select
              aria-label="Kind of alert"
              className="w-40"
              value={kind ?? ""}
              onChange={({ target }) => setKind((target.value || undefined) as AlertKind)}
            >
              <option value="">every kind</option>
              {KINDS.map((one) => (
                <option key={one} value={one}>
                  {wordOf(one)}
                </option>
              ))}
            </Select>
          }
        >
          Alerts
        </PanelHeading>
        <PlainTable
          label="Alerts"
          columns={["Kind", "About", "What it says", "When"]}
          empty={
            query.data && "Nothing wanted anybody's eye. A webhook tells you when something does."
          }
          rows={alerts.map((alert) => ({ key: alert.id, cells: cells(alert) }))}
        />
      </Panel>
      <MoreButton query={query} />
    </div>
  );
}

function cells(alert: AlertSnapshot) {
  const { Icon, colour, meaning } = LOOKS[alert.kind];
  return [
    <span
      key="kind"
      title={meaning}
      className={classNames("inline-flex items-center gap-1 font-medium", colour)}
    >
      <Icon aria-hidden className="size-3.5" />
      {wordOf(alert.kind)}
    </span>,
    <About key="about" alert={alert} />,
    <span key="message" className="block max-w-[70ch] truncate" title={alert.message}>
      {alert.message}
    </span>,
    <Ago key="when" instant={alert.created_at} />,
  ];
}

function wordOf(kind: AlertKind): string {
  return kind.replace("_", " ");
}

function About({ alert }: { alert: AlertSnapshot }) {
  if (!alert.pipeline_id) {
    return (
      <Link to="/fleet" className="hover:text-accent hover:underline">
        the installation
      </Link>
    );
  }
  return (
    <Link
      to="/pipelines/$pipelineId"
      params={{ pipelineId: alert.pipeline_id }}
      search={{ run: alert.run ?? undefined }}
      className="hover:text-accent hover:underline"
    >
      {alert.run && <span className="font-medium">{alert.run} </span>}
      {alert.pipeline_name} <span className="tabular text-muted">#{alert.pipeline_number}</span>
    </Link>
  );
}
