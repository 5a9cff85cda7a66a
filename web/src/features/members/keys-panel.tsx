import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { keysQuery, removeKey, setKey } from "@/api/access";
import { Failure } from "@/components/failure";
import { Ago } from "@/components/moment";
import { PlainTable } from "@/components/plain-table";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Panel, PanelHeading } from "@/components/ui/panel";

/** Secrets that the endpoints of a project's recipes name; their values are never shown. */
export function KeysPanel({ projectId }: { projectId: string }) {
  const queryClient = useQueryClient();
  const query = keysQuery(projectId);
  const { data, error } = useQuery(query);
  const onSettled = () => queryClient.invalidateQueries(query);
  const given = useMutation({
    mutationFn: ({ name, value }: NewKeyOf) => setKey(projectId, name, value),
    onSettled,
    // Nothing may remember the value once it is sent.
    gcTime: 0,
  });
  const removed = useMutation({
    mutationFn: (name: string) => removeKey(projectId, name),
    onSettled,
  });
  const failed = error ?? given.error ?? removed.error;
  return (
    <Panel>
      <PanelHeading>Keys</PanelHeading>
      <NewKeyForm onSubmit={given.mutate} busy={given.isPending} />
      {failed && <Failure error={failed} />}
      <PlainTable
        label="Keys"
        columns={["Name", "Set by", "Set", "Action"]}
        empty={data && "This project has no key of an endpoint."}
        rows={(data?.data ?? []).map((key) => ({
          key: key.name,
          cells: [
            key.name,
            key.created_by,
            <Ago key="set" instant={key.created_at} />,
            <Confirm
              key="remove"
              trigger={
                <Button size="small" variant="danger">
                  Forget
                </Button>
              }
              title={`Forget the key “${key.name}”?`}
              description="Runs that need it fail from their next attempt on."
              action="Forget"
              onConfirm={() => removed.mutate(key.name)}
            />,
          ],
        }))}
      />
    </Panel>
  );
}

interface NewKeyOf {
  name: string;
  value: string;
}

interface NewKeyFormProps {
  onSubmit: (key: NewKeyOf) => void;
  busy: boolean;
}

function NewKeyForm({ onSubmit, busy }: NewKeyFormProps) {
  const [name, setName] = useState("");
  const [value, setValue] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit({ name, value });
    setName("");
    setValue("");
  };
  return (
    <form
      onSubmit={submit}
      className="grid items-end gap-3 border-b border-line px-4 py-3 sm:grid-cols-[1fr_2fr_auto]"
    >
      <Field label="Name of the key">
        <Input required maxLength={63} value={name} onChange={(e) => setName(e.target.value)} />
      </Field>
      <Field label="Secret">
        <Input
          type="password"
          autoComplete="off"
          required
          minLength={8}
          maxLength={2048}
          value={value}
          onChange={(e) => setValue(e.target.value)}
        />
      </Field>
      <Button type="submit" variant="primary" busy={busy}>
        Set the key
      </Button>
    </form>
  );
}
