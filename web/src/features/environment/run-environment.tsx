import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { stringify } from "yaml";
import { environmentQuery } from "@/api/environments";
import { lineageQuery } from "@/api/lineage";
import type { Environment, RunEnvironment as Recorded, RunSnapshot } from "@/api/schema";
import { CodeLines } from "@/components/code-lines";
import { CopyButton } from "@/components/copy-button";
import { factsOf, type Part } from "@/components/environment-facts";
import { Failure } from "@/components/failure";
import { Ago } from "@/components/moment";
import { Outline } from "@/components/ui/outline";
import { Panel, PanelHeading } from "@/components/ui/panel";
import { Select } from "@/components/ui/select";
import { CodeDifference } from "./code-difference";
import { type FactRow, FactTable } from "./fact-table";
import { PackagePanel } from "./package-panel";

/** What the run was carried out with, so that it can be repeated, and in what that differs. */
export function RunEnvironment({ run }: { run: RunSnapshot }) {
  const [attempt, setAttempt] = useState<number>();
  const [other, setOther] = useState("");
  const { data, error, refetch } = useQuery(environmentQuery(run.id, attempt));
  // Its runs are a choice above the record, which would move when that came later.
  const { isPending: isWithoutRelatives } = useQuery(lineageQuery(run.id));
  if (error && !data) {
    return <Failure error={error} onRetry={() => void refetch()} />;
  }
  if (!data || isWithoutRelatives) {
    return <Outline className="h-96" />;
  }
  return (
    <div className="flex flex-col gap-4" data-testid="environment">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <AttemptChoice run={run} chosen={attempt ?? data.attempt} onChoose={setAttempt} />
        {data.environment && (
          <OtherChoice run={run} attempt={data.attempt} chosen={other} onChoose={setOther} />
        )}
        {data.recorded_at && (
          <span className="text-small text-muted">
            recorded <Ago instant={data.recorded_at} />
          </span>
        )}
      </div>
      {data.environment && data.attempt ? (
        <Compared run={run} recorded={data} environment={data.environment} other={other} />
      ) : (
        <p className="py-4 text-muted">
          {run.attempt === 0
            ? "It is recorded as soon as a worker starts the run."
            : "This attempt recorded nothing: it ended before that, or was made by an older release."}
        </p>
      )}
    </div>
  );
}

interface ChoiceProps {
  run: RunSnapshot;
  chosen: number | null;
  onChoose: (attempt: number) => void;
}

function AttemptChoice({ run, chosen, onChoose }: ChoiceProps) {
  if (run.attempt < 2) {
    return null;
  }
  const numbers = Array.from({ length: run.attempt }, (_, place) => run.attempt - place);
  return (
    <Select
      aria-label="Attempt"
      className="max-w-40"
      value={chosen ?? ""}
      onChange={({ target }) => onChoose(Number(target.value))}
    >
      {numbers.map((number) => (
        <option key={number} value={number}>
          Attempt {number}
        </option>
      ))}
    </Select>
  );
}

interface OtherProps {
  run: RunSnapshot;
  attempt: number | null;
  /** RUN or RUN ATTEMPT; empty where nothing is compared. */
  chosen: string;
  onChoose: (chosen: string) => void;
}

/** Another attempt at the run, or a run that it has to do with. */
function OtherChoice({ run, attempt, chosen, onChoose }: OtherProps) {
  const { data: lineage } = useQuery(lineageQuery(run.id));
  const relatives = (lineage?.nodes ?? []).filter(
    ({ id, kind }) => kind === "run" && id !== run.id,
  );
  const attempts = Array.from({ length: run.attempt }, (_, place) => place + 1);
  const others = attempts.filter((number) => number !== attempt);
  if (others.length + relatives.length === 0) {
    return null;
  }
  return (
    <Select
      aria-label="Compare with"
      className="max-w-72"
      value={chosen}
      onChange={({ target }) => onChoose(target.value)}
    >
      <option value="">compare with …</option>
      {others.map((number) => (
        <option key={number} value={`${run.id} ${number}`}>
          attempt {number}
        </option>
      ))}
      {relatives.map(({ id, name, pipeline, number }) => (
        <option key={id} value={id}>
          {name} of {pipeline} #{number}
        </option>
      ))}
    </Select>
  );
}

interface ComparedProps {
  run: RunSnapshot;
  recorded: Recorded;
  environment: Environment;
  other: string;
}

function Compared({ run, recorded, environment, other }: ComparedProps) {
  const [otherRun = "", number] = other.split(" ");
  const query = environmentQuery(otherRun, number ? Number(number) : undefined);
  const { data } = useQuery({ ...query, enabled: other !== "" });
  const compared = other === "" ? undefined : data;
  const title = number ? `Attempt ${number}` : "The other run";
  const comparedWith = compared?.environment ? title : undefined;
  const parts = rowsByPart(environment, compared?.environment);
  return (
    <>
      {compared && !compared.environment && (
        <p className="text-warn">{title} recorded nothing to compare with.</p>
      )}
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <div className="flex min-w-0 flex-col gap-4">
          <Panel data-testid="environment-code">
            <PanelHeading>Code</PanelHeading>
            <FactTable label="Code" rows={parts.code} comparedWith={comparedWith} />
            {recorded.attempt && (
              <CodeDifference runId={run.id} attempt={recorded.attempt} code={environment.code} />
            )}
          </Panel>
          <Panel data-testid="environment-machine">
            <PanelHeading>Machine</PanelHeading>
            <FactTable label="Machine" rows={parts.machine} comparedWith={comparedWith} />
          </Panel>
          <Panel data-testid="environment-data">
            <PanelHeading>Data and seed</PanelHeading>
            <FactTable label="Data and seed" rows={parts.data} comparedWith={comparedWith} />
            <Inputs recorded={recorded} />
          </Panel>
        </div>
        <div className="min-w-0">
          <PackagePanel rows={parts.packages} comparedWith={comparedWith} />
        </div>
      </div>
      <Settings run={run} environment={environment} />
    </>
  );
}

/** What the server gave the attempt to read, by what it had registered. */
function Inputs({ recorded: { inputs } }: { recorded: Recorded }) {
  return inputs.length === 0 ? null : (
    <ul className="border-t border-line px-4 py-2 text-small text-muted" aria-label="Given to read">
      {inputs.map(({ role, kind, name, fingerprint }) => (
        <li key={`${role} ${name}`} className="break-all">
          {role}: {kind} {name}{" "}
          <span className="tabular">
            {fingerprint ? `sha256 ${fingerprint.slice(0, 12)}` : "of the hub"}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Settings({ run, environment }: { run: RunSnapshot; environment: Environment }) {
  const { settings } = environment;
  const text = useMemo(() => stringify(settings, { lineWidth: 100 }), [settings]);
  return (
    <Panel>
      <PanelHeading
        aside={
          <span className="flex gap-2">
            <CopyButton label="YAML" text={() => text} />
            <CopyButton label="JSON" text={() => JSON.stringify(environment, null, 1)} />
          </span>
        }
      >
        Settings as they were carried out
      </PanelHeading>
      <CodeLines text={text} label={`Settings that ${run.name} was carried out with`} />
    </Panel>
  );
}

function rowsByPart(
  environment: Environment,
  other: Environment | null | undefined,
): Record<Part, FactRow[]> {
  const rows = new Map<string, FactRow & { part: Part }>();
  for (const { part, name, text } of factsOf(environment)) {
    rows.set(`${part} ${name}`, { part, name, text, other: undefined });
  }
  for (const { part, name, text } of other ? factsOf(other) : []) {
    const key = `${part} ${name}`;
    rows.set(key, { ...(rows.get(key) ?? { part, name, text: undefined }), other: text });
  }
  const of = (wanted: Part) => [...rows.values()].filter(({ part }) => part === wanted);
  return {
    code: of("code"),
    machine: of("machine"),
    data: of("data"),
    packages: of("packages").sort((one, two) => one.name.localeCompare(two.name)),
  };
}
