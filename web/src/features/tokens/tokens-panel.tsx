import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { createToken, projectsQuery, revokeToken, tokensQuery } from "@/api/access";
import type { NewToken, TokenSnapshot } from "@/api/schema";
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

/** What a token may be good for, from least to most. */
const GOOD_FOR: Record<string, { label: string; permissions: NewToken["permissions"] }> = {
  read: { label: "Read", permissions: ["read"] },
  launch: { label: "Read and launch", permissions: ["read", "launch"] },
  administer: {
    label: "Read, launch and administer",
    permissions: ["read", "launch", "administer"],
  },
};

const COLUMNS = ["Name", "Ends in", "Good for", "Project", "Expires", "Last used", "Action"];

/** One's own tokens: make one, see it once, end it. */
export function TokensPanel() {
  const queryClient = useQueryClient();
  const { data, error, refetch } = useQuery(tokensQuery);
  const made = useMutation({
    mutationFn: createToken,
    onSuccess: () => queryClient.invalidateQueries(tokensQuery),
  });
  const revoked = useMutation({
    mutationFn: revokeToken,
    onSuccess: () => queryClient.invalidateQueries(tokensQuery),
  });
  if (error && !data) {
    return <Failure error={error} onRetry={() => void refetch()} />;
  }
  return (
    <Panel>
      <PanelHeading>Tokens</PanelHeading>
      {made.data && (
        <ShownOnce
          secret={made.data.secret}
          what={`The token “${made.data.token.name}” is made.`}
        />
      )}
      <NewTokenForm onSubmit={made.mutate} busy={made.isPending} />
      {(made.error ?? revoked.error) && <Failure error={made.error ?? revoked.error} />}
      <PlainTable
        label="Tokens"
        columns={COLUMNS}
        empty={data && "You have no token."}
        rows={(data?.data ?? []).map((token) => ({
          key: token.id,
          cells: cells(token, () => revoked.mutate(token.id)),
        }))}
      />
    </Panel>
  );
}

function cells(token: TokenSnapshot, onRevoke: () => void) {
  return [
    token.name,
    <code key="ending" className="tabular text-muted">
      …{token.ending}
    </code>,
    token.permissions.filter((permission) => permission !== "identify").join(", "),
    token.project_ids?.join(", ") ?? "all",
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
      description="Whatever uses it is refused from now on. This cannot be undone."
      action="Revoke"
      onConfirm={onRevoke}
    />,
  ];
}

interface NewTokenFormProps {
  onSubmit: (token: NewToken) => void;
  busy: boolean;
}

function NewTokenForm({ onSubmit, busy }: NewTokenFormProps) {
  const { data: projects } = useQuery(projectsQuery);
  const [name, setName] = useState("");
  const [goodFor, setGoodFor] = useState("read");
  const [project, setProject] = useState("");
  const [days, setDays] = useState("90");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit({
      name,
      permissions: GOOD_FOR[goodFor]?.permissions ?? ["read"],
      project_id: project || null,
      expires_in_days: Number(days),
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
      <Field label="Good for">
        <Select value={goodFor} onChange={(e) => setGoodFor(e.target.value)}>
          {Object.entries(GOOD_FOR).map(([value, { label }]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </Select>
      </Field>
      <Field label="Project">
        <Select value={project} onChange={(e) => setProject(e.target.value)}>
          <option value="">All of mine</option>
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
          required
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
