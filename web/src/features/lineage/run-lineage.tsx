import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Database, Save } from "lucide-react";
import { useState } from "react";
import { differenceQuery, lineageQuery } from "@/api/lineage";
import type { Lineage, LineageNode, RunSnapshot } from "@/api/schema";
import { ChangeTable } from "@/components/change-table";
import { classNames } from "@/components/class-names";
import { Failure } from "@/components/failure";
import { StateIcon } from "@/components/run-state";
import { Outline } from "@/components/ui/outline";
import { Panel, PanelHeading } from "@/components/ui/panel";
import { ScrollFrame } from "@/components/ui/scroll-frame";
import { Select } from "@/components/ui/select";
import { layOutLineage, type Spot } from "./lineage-layout";

const CARD = { width: 190, height: 48 };
const PITCH = { x: 236, y: 60 };

/** Where a run comes from and what came of it, and how its relatives were set. */
export function RunLineage({ run }: { run: RunSnapshot }) {
  const { data: lineage, error, refetch } = useQuery(lineageQuery(run.id));
  if (error && !lineage) {
    return <Failure error={error} onRetry={() => void refetch()} />;
  }
  if (!lineage) {
    return <Outline className="h-96" />;
  }
  return (
    <div className="flex flex-col gap-4" data-testid="lineage">
      {!lineage.complete && (
        <p className="text-warn">There is more than can be drawn; this is what lies nearest.</p>
      )}
      <Graph lineage={lineage} />
      <Difference run={run} lineage={lineage} />
    </div>
  );
}

function Graph({ lineage }: { lineage: Lineage }) {
  const spots = layOutLineage(lineage);
  const all = [...spots.values()];
  const width = Math.max(...all.map(({ column }) => column)) * PITCH.x + CARD.width;
  const height = Math.max(...all.map(({ row }) => row)) * PITCH.y + CARD.height;
  return (
    <ScrollFrame aria-label="Lineage" className="p-4">
      <div className="relative" style={{ width, height }}>
        <svg aria-hidden width={width} height={height} className="absolute inset-0">
          {lineage.edges.map(({ source, target, role }) => (
            <path
              key={`${source} ${target} ${role}`}
              d={curve(spots.get(source), spots.get(target))}
              fill="none"
              stroke={role === "fork" ? "var(--accent)" : "var(--line-strong)"}
              strokeDasharray={role === "fork" ? "4 3" : undefined}
              strokeWidth={1.25}
            >
              <title>{role}</title>
            </path>
          ))}
        </svg>
        <ul>
          {lineage.nodes.map((node) => {
            const { column, row } = spots.get(node.id) as Spot;
            return (
              <li
                key={node.id}
                className="absolute"
                style={{ left: column * PITCH.x, top: row * PITCH.y, ...CARD }}
              >
                <Card node={node} isFocus={node.id === lineage.run_id} />
              </li>
            );
          })}
        </ul>
      </div>
    </ScrollFrame>
  );
}

function Card({ node, isFocus }: { node: LineageNode; isFocus: boolean }) {
  const look = classNames(
    "flex h-full w-full flex-col justify-center rounded-panel border bg-raised px-2 text-small",
    isFocus ? "border-accent ring-1 ring-accent" : "border-line",
  );
  if (node.kind === "run" && node.pipeline_id) {
    return (
      <Link
        to="/pipelines/$pipelineId"
        params={{ pipelineId: node.pipeline_id }}
        search={{ run: node.name, tab: "lineage" }}
        className={classNames(look, "hover:bg-sunken")}
        aria-current={isFocus ? "true" : undefined}
      >
        <span className="flex items-center gap-1.5">
          {node.state && <StateIcon state={node.state} />}
          <span className="truncate font-medium">{node.name}</span>
        </span>
        <span className="truncate text-muted">
          {node.pipeline} <span className="tabular">#{node.number}</span>
        </span>
      </Link>
    );
  }
  const Icon = node.kind === "dataset" ? Database : Save;
  return (
    <span className={look}>
      <span className="flex items-center gap-1.5">
        <Icon aria-hidden className="size-3.5 shrink-0 text-muted" />
        <span className="truncate" title={node.id}>
          {node.name}
        </span>
      </span>
      <span className="text-muted">
        {node.kind === "dataset" ? "data set" : `step ${node.step}`}
      </span>
    </span>
  );
}

function Difference({ run, lineage }: { run: RunSnapshot; lineage: Lineage }) {
  const others = lineage.nodes.filter(({ id, kind }) => kind === "run" && id !== run.id);
  const origin = lineage.edges.find(({ role, target }) => role === "fork" && target === run.id);
  const [chosen, setChosen] = useState(origin?.source);
  const { data, error } = useQuery(differenceQuery(run.id, chosen));
  if (others.length === 0) {
    return null;
  }
  return (
    <Panel>
      <PanelHeading
        aside={
          <Select
            aria-label="Run to compare settings with"
            value={chosen ?? ""}
            onChange={({ target }) => setChosen(target.value || undefined)}
          >
            <option value="">choose a run</option>
            {others.map(({ id, name, pipeline, number }) => (
              <option key={id} value={id}>
                {name} of {pipeline} #{number}
              </option>
            ))}
          </Select>
        }
      >
        Differences in settings
      </PanelHeading>
      {error && <Failure error={error} />}
      {data && data.changes.length > 0 && (
        <ScrollFrame aria-label="Settings that differ" className="border-0">
          <ChangeTable changes={data.changes} titles={["This run", "The other"]} />
        </ScrollFrame>
      )}
      {data?.changes.length === 0 && <p className="px-4 py-3 text-muted">There are none.</p>}
      {!chosen && <p className="px-4 py-3 text-muted">Choose a relative of this run.</p>}
    </Panel>
  );
}

function curve(from: Spot | undefined, to: Spot | undefined): string {
  if (!from || !to) {
    return "";
  }
  const [x1, y1] = [from.column * PITCH.x + CARD.width, from.row * PITCH.y + CARD.height / 2];
  const [x2, y2] = [to.column * PITCH.x, to.row * PITCH.y + CARD.height / 2];
  const bend = Math.max(24, (x2 - x1) / 2);
  return `M ${x1} ${y1} C ${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
}
