import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { changeUser, createUser, setUpLink, usersQuery } from "@/api/access";
import type { NewUser, UserChange, UserSnapshot } from "@/api/schema";
import { Failure } from "@/components/failure";
import { Ago } from "@/components/moment";
import { MoreButton } from "@/components/more-button";
import { PlainTable } from "@/components/plain-table";
import { ShownOnce } from "@/components/shown-once";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Panel, PanelHeading } from "@/components/ui/panel";
import { Select } from "@/components/ui/select";

/** Everybody with an account in the installation; members of a project are invited there. */
export function UsersPanel() {
  const queryClient = useQueryClient();
  const query = useInfiniteQuery(usersQuery);
  const onSettled = () => queryClient.invalidateQueries({ queryKey: usersQuery.queryKey });
  const made = useMutation({ mutationFn: createUser, onSettled });
  const changed = useMutation({
    mutationFn: ({ id, change }: { id: string; change: UserChange }) => changeUser(id, change),
    onSettled,
  });
  const linked = useMutation({ mutationFn: setUpLink });
  const users = query.data?.pages.flatMap(({ data }) => data) ?? [];
  const failed = query.error ?? made.error ?? changed.error ?? linked.error;
  const link = linked.data?.url ?? made.data?.set_up.url;
  return (
    <Panel>
      <PanelHeading>Accounts</PanelHeading>
      {link && (
        <ShownOnce secret={link} what="By this link the person sets a password, within a day." />
      )}
      <NewUserForm
        busy={made.isPending}
        onSubmit={(user) => {
          linked.reset();
          made.mutate(user);
        }}
      />
      {failed && <Failure error={failed} />}
      <PlainTable
        label="Accounts"
        columns={["Name", "In the installation", "Password", "Since", "State", "Action"]}
        empty={undefined}
        rows={users.map((user) => ({
          key: user.id,
          cells: cells(user, {
            onChange: (change) => changed.mutate({ id: user.id, change }),
            onLink: () => linked.mutate(user.id),
          }),
        }))}
      />
      <div className="px-4 pb-3 empty:hidden">
        <MoreButton query={query} />
      </div>
    </Panel>
  );
}

interface Deeds {
  onChange: (change: UserChange) => void;
  onLink: () => void;
}

function cells(user: UserSnapshot, { onChange, onLink }: Deeds) {
  const isDisabled = user.disabled_at !== null;
  return [
    user.name,
    <Select
      key="administrator"
      aria-label={`What ${user.name} is in the installation`}
      className="min-w-48"
      value={user.administrator ? "administrator" : "person"}
      onChange={({ target }) => onChange({ administrator: target.value === "administrator" })}
    >
      <option value="person">what projects allow</option>
      <option value="administrator">administrator: everything</option>
    </Select>,
    user.has_password ? "set" : "none yet",
    <Ago key="since" instant={user.created_at} />,
    isDisabled ? (
      <span key="state" className="text-bad">
        disabled
      </span>
    ) : (
      "active"
    ),
    <span key="do" className="flex gap-2">
      <Button size="small" disabled={isDisabled} onClick={onLink}>
        Link for a password
      </Button>
      {isDisabled ? (
        <Button size="small" onClick={() => onChange({ disabled: false })}>
          Enable
        </Button>
      ) : (
        <Confirm
          trigger={
            <Button size="small" variant="danger">
              Disable
            </Button>
          }
          title={`Disable ${user.name}?`}
          description="Every browser of this account is signed out, and its tokens are refused until it is enabled again. What it did stays."
          action="Disable"
          onConfirm={() => onChange({ disabled: true })}
        />
      )}
    </span>,
  ];
}

interface NewUserFormProps {
  onSubmit: (user: NewUser) => void;
  busy: boolean;
}

function NewUserForm({ onSubmit, busy }: NewUserFormProps) {
  const [name, setName] = useState("");
  const [administrator, setAdministrator] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit({ name, administrator });
    setName("");
    setAdministrator(false);
  };
  return (
    <form
      onSubmit={submit}
      className="flex flex-wrap items-end gap-x-4 gap-y-3 border-b border-line px-4 py-3"
    >
      <Field label="Name, of lower-case letters, digits and . _ @ + -">
        <Input
          required
          autoComplete="off"
          pattern="[a-z0-9][a-z0-9._@+\-]{0,79}"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </Field>
      <label className="flex h-8 items-center gap-2">
        <input
          type="checkbox"
          checked={administrator}
          onChange={(event) => setAdministrator(event.target.checked)}
        />
        Administrator
      </label>
      <Button type="submit" variant="primary" busy={busy}>
        Open an account
      </Button>
    </form>
  );
}
