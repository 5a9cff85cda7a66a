import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type UsageBy, usageQuery } from "@/api/fleet";
import type { UsageRow } from "@/api/schema";
import { Failure } from "@/components/failure";
import { PlainTable } from "@/components/plain-table";
import { Panel, PanelHeading } from "@/components/ui/panel";
import { Segmented } from "@/components/ui/segmented";
import { formatHours } from "./sums";

const WAYS: readonly { value: UsageBy; label: string }[] = [
  { value: "project", label: "Project" },
  { value: "person", label: "Person" },
  { value: "run", label: "Run" },
];

type Days = "7" | "30" | "365";

const SPANS: readonly { value: Days; label: string }[] = [
  { value: "7", label: "7 days" },
  { value: "30", label: "30 days" },
  { value: "365", label: "A year" },
];

const COLUMNS: Record<UsageBy, readonly string[]> = {
  project: ["Project"],
  person: ["Person", "Project"],
  run: ["Run", "Person", "Project"],
};

/** GPU-hours: the time that attempts held their slots, times the GPUs of these. */
export function UsagePanel() {
  const [by, setBy] = useState<UsageBy>("person");
  const [days, setDays] = useState<Days>("30");
  const { data, error, refetch } = useQuery(usageQuery(by, Number(days)));
  return (
    <Panel>
      <PanelHeading
        aside={
          <span className="flex flex-wrap gap-2">
            <Segmented label="By what" value={by} options={WAYS} onChange={setBy} />
            <Segmented label="Of when" value={days} options={SPANS} onChange={setDays} />
          </span>
        }
      >
        GPU-hours
      </PanelHeading>
      {error && !data && <Failure error={error} onRetry={() => void refetch()} />}
      <PlainTable
        label="GPU-hours"
        columns={[...COLUMNS[by], "GPU-hours", "Hours in slots", "Runs"]}
        empty={data && "Nothing was executed in this time."}
        rows={(data ?? []).map((row) => ({
          key: [row.project_id, row.person, row.run_id].join(" "),
          cells: [...whose(by, row), ...numbers(row)],
        }))}
      />
    </Panel>
  );
}

function whose(by: UsageBy, row: UsageRow) {
  const names = [row.person, row.project];
  return by === "project" ? names.slice(1) : by === "person" ? names : [runName(row), ...names];
}

function runName(row: UsageRow): string {
  return `${row.pipeline} ${row.run}`;
}

function numbers(row: UsageRow) {
  return [formatHours(row.gpu_seconds), formatHours(row.slot_seconds), String(row.runs)].map(
    (text, column) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: the columns are always these.
      <span key={column} className="tabular-nums">
        {text}
      </span>
    ),
  );
}
