import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import {
  createWorkerToken,
  projectsQuery,
  revokeWorkerToken,
  workerTokensQuery,
} from "@/api/access";
import type { NewWorkerToken } from "@/api/schema";
import { Failure } from "@/components/failure";
import { Ago } from "@/components/moment";
import { PlainTable } from "@/components/plain-table";
import { ShownOnce } from "@/components/shown-once";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Panel, PanelHeading } from "@/components/ui/panel";
import { Select } from "@/components/ui/select";
import { formatInstant } from "@/format/time";

const COLUMNS = ["Name", "Ends in", "Queues", "Projects", "Expires", "Last used", "Action"];

/** Tokens that lie on GPU hosts: they claim and report runs, and open nothing else. */
export function WorkerTokensPanel() {
  const queryClient = useQueryClient();
  const { data, error } = useQuery(workerTokensQuery);
  const { data: projects } = useQuery(projectsQuery);
  const names = new Map(projects?.data.map(({ id, name }) => [id, name]));
  const onSettled = () => queryClient.invalidateQueries(workerTokensQuery);
  const made = useMutation({ mutationFn: createWorkerToken, onSettled });
  const revoked = useMutation({ mutationFn: revokeWorkerToken, onSettled });
  const failed = error ?? made.error ?? revoked.error;
  return (
    <Panel>
      <PanelHeading>Tokens of workers</PanelHeading>
      {made.data && (
        <ShownOnce
          secret={made.data.secret}
          what={`The token “${made.data.token.name}” is made: PRISM_WORKER_TOKEN of the worker.`}
        />
      )}
      <NewWorkerTokenForm onSubmit={made.mutate} busy={made.isPending} />
      {failed && <Failure error={failed} />}
      <PlainTable
        label="Tokens of workers"
        columns={COLUMNS}
        empty={data && "There is none, so that no worker can claim a run."}
        rows={(data?.data ?? []).map((token) => ({
          key: token.id,
          cells: [
            token.name,
            <code key="ending" className="tabular text-muted">
              …{token.ending}
            </code>,
            token.queues?.join(", ") ?? "all",
            token.project_ids?.map((id) => names.get(id) ?? id).join(", ") ?? "all",
            token.expires_at ? formatInstant(token.expires_at) : "never",
            token.used_at ? <Ago key="used" instant={token.used_at} /> : "never",
            <Confirm
              key="revoke"
              trigger={
                <Button size="small" variant="danger">
                  Revoke
                </Button>
              }
              title={`Revoke “${token.name}”?`}
              description="Its workers are refused from now on; what they run is tried again by others once the lease is over."
              action="Revoke"
              onConfirm={() => revoked.mutate(token.id)}
            />,
          ],
        }))}
      />
    </Panel>
  );
}

interface NewWorkerTokenFormProps {
  onSubmit: (token: NewWorkerToken) => void;
  busy: boolean;
}

function NewWorkerTokenForm({ onSubmit, busy }: NewWorkerTokenFormProps) {
  const { data: projects } = useQuery(projectsQuery);
  const [name, setName] = useState("");
  const [queues, setQueues] = useState("");
  const [project, setProject] = useState("");
  const [days, setDays] = useState("90");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const named = queues.split(/[\s,]+/).filter(Boolean);
    onSubmit({
      name,
      queues: named.length > 0 ? named : null,
      project_ids: project ? [project] : null,
      expires_in_days: days ? Number(days) : null,
    });
    setName("");
  };
  return (
    <form
      onSubmit={submit}
      className="grid items-end gap-3 border-b border-line px-4 py-3 sm:grid-cols-[2fr_2fr_1fr_1fr_auto]"
    >
      <Field label="Name">
        <Input required maxLength={80} value={name} onChange={(e) => setName(e.target.value)} />
      </Field>
      <Field label="Queues, by commas">
        <Input placeholder="all" value={queues} onChange={(e) => setQueues(e.target.value)} />
      </Field>
      <Field label="Project">
        <Select value={project} onChange={(e) => setProject(e.target.value)}>
          <option value="">All</option>
          {projects?.data.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
      </Field>
      <Field label="Days">
        <Input
          type="number"
          min={1}
          max={3650}
          placeholder="for ever"
          value={days}
          onChange={(e) => setDays(e.target.value)}
        />
      </Field>
      <Button type="submit" variant="primary" busy={busy}>
        Make a token
      </Button>
    </form>
  );
}
