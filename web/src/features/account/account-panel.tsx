import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { changePassword, endSession, sessionsQuery } from "@/api/access";
import type { Identity } from "@/api/schema";
import { sessionQuery } from "@/api/session";
import { Failure } from "@/components/failure";
import { Ago } from "@/components/moment";
import { NewPasswordInput } from "@/components/new-password-input";
import { PlainTable } from "@/components/plain-table";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Panel, PanelHeading } from "@/components/ui/panel";

/** One's own password and signed-in browsers. */
export function AccountPanel({ user }: { user: Identity }) {
  return (
    <div className="flex flex-col gap-4">
      <PasswordForm user={user} />
      <Sessions />
    </div>
  );
}

function PasswordForm({ user }: { user: Identity }) {
  const queryClient = useQueryClient();
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const changed = useMutation({
    mutationFn: () => changePassword(user.has_password ? current : null, password),
    onSuccess: () => {
      setCurrent("");
      setPassword("");
      void queryClient.invalidateQueries(sessionQuery);
      void queryClient.invalidateQueries(sessionsQuery);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    changed.mutate();
  };
  return (
    <Panel>
      <PanelHeading>Password</PanelHeading>
      <form onSubmit={submit} className="grid items-end gap-3 px-4 py-3 sm:flex sm:flex-wrap">
        {user.has_password && (
          <Field label="Present password">
            <Input
              type="password"
              autoComplete="current-password"
              required
              value={current}
              onChange={(e) => setCurrent(e.target.value)}
            />
          </Field>
        )}
        <Field label="New password, at least 10 characters">
          <NewPasswordInput value={password} onChange={setPassword} />
        </Field>
        <Button type="submit" busy={changed.isPending}>
          Set the password
        </Button>
      </form>
      {changed.error && <Failure error={changed.error} />}
      {changed.isSuccess && (
        <p role="status" className="px-4 pb-3 text-good">
          The password is set. Every other browser is signed out.
        </p>
      )}
    </Panel>
  );
}

const COLUMNS = ["Browser", "Address", "By", "Signed in", "Last seen", "Action"];

function Sessions() {
  const queryClient = useQueryClient();
  const { data, error, refetch } = useQuery(sessionsQuery);
  const ended = useMutation({
    mutationFn: endSession,
    onSuccess: () => queryClient.invalidateQueries(sessionsQuery),
  });
  if (error && !data) {
    return <Failure error={error} onRetry={() => void refetch()} />;
  }
  return (
    <Panel>
      <PanelHeading>Signed-in browsers</PanelHeading>
      {ended.error && <Failure error={ended.error} />}
      <PlainTable
        label="Signed-in browsers"
        columns={COLUMNS}
        empty={data && "No browser is signed in."}
        rows={(data?.data ?? []).map((session) => ({
          key: session.id,
          cells: [
            <span key="agent" className="block max-w-96 truncate" title={session.agent}>
              {session.agent || "unknown"}
            </span>,
            session.address,
            session.method,
            <Ago key="created" instant={session.created_at} />,
            <Ago key="seen" instant={session.seen_at} />,
            session.current ? (
              <span key="this" className="text-muted">
                this one
              </span>
            ) : (
              <Button key="end" size="small" onClick={() => ended.mutate(session.id)}>
                Sign out
              </Button>
            ),
          ],
        }))}
      />
    </Panel>
  );
}
