import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type ChangeFilter, changesQuery } from "@/api/access";
import type { ChangeSnapshot } from "@/api/schema";
import { Failure } from "@/components/failure";
import { Ago } from "@/components/moment";
import { MoreButton } from "@/components/more-button";
import { PlainTable } from "@/components/plain-table";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Panel, PanelHeading } from "@/components/ui/panel";
import { Select } from "@/components/ui/select";
import { difference } from "./difference";

const KINDS = [
  "pipeline",
  "pipeline_tag",
  "run",
  "run_tag",
  "saved_view",
  "own_panels",
  "dataset",
  "model",
  "project",
  "membership",
  "invitation",
  "user",
  "token",
  "webhook",
  "endpoint_key",
  "session",
];

/** Who changed what and when, from what to what. */
export function AuditLogPanel() {
  const [filter, setFilter] = useState<ChangeFilter>({});
  const query = useInfiniteQuery(changesQuery(filter));
  const changes = query.data?.pages.flatMap(({ data }) => data) ?? [];
  if (query.error && !query.data) {
    return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  }
  return (
    <div>
      <Panel>
        <PanelHeading>Audit log</PanelHeading>
        <div className="grid gap-3 border-b border-line px-4 py-3 sm:grid-cols-[14rem_14rem]">
          <Field label="What">
            <Select
              value={filter.kind ?? ""}
              onChange={(e) => setFilter({ ...filter, kind: e.target.value || undefined })}
            >
              <option value="">everything</option>
              {KINDS.map((kind) => (
                <option key={kind}>{kind}</option>
              ))}
            </Select>
          </Field>
          <Field label="By">
            <Input
              placeholder="name of an account"
              value={filter.by ?? ""}
              onChange={(e) => setFilter({ ...filter, by: e.target.value || undefined })}
            />
          </Field>
        </div>
        <PlainTable
          label="Audit log"
          columns={["When", "Who", "What", "Which", "Change"]}
          empty={query.data && "Nothing was changed, as far as the filter goes."}
          rows={changes.map((change) => ({ key: `${change.position}`, cells: cells(change) }))}
        />
      </Panel>
      <MoreButton query={query} />
    </div>
  );
}

const DONE = { create: "made", change: "changed", delete: "removed" } as const;

function cells(change: ChangeSnapshot) {
  const text = difference(change);
  return [
    <Ago key="at" instant={change.at} />,
    change.actor,
    `${DONE[change.action]} ${change.kind}`,
    <code key="id" className="tabular block max-w-56 truncate text-small" title={change.object_id}>
      {change.object_id}
    </code>,
    <span key="change" className="block max-w-[60ch] truncate text-muted" title={text}>
      {text}
    </span>,
  ];
}
