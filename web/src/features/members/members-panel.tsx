import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import {
  invitationsQuery,
  invite,
  keysQuery,
  membersQuery,
  removeMember,
  revokeInvitation,
  setRole,
} from "@/api/access";
import type { NewRole } from "@/api/schema";
import { storageQuery } from "@/api/storage";
import { Failure } from "@/components/failure";
import { Ago } from "@/components/moment";
import { OfProject } from "@/components/of-project";
import { PlainTable } from "@/components/plain-table";
import { ShownOnce } from "@/components/shown-once";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Outline } from "@/components/ui/outline";
import { Panel, PanelHeading } from "@/components/ui/panel";
import { Select } from "@/components/ui/select";
import { formatInstant } from "@/format/time";
import { KeysPanel } from "./keys-panel";

type Role = NewRole["role"];

const ROLES: readonly { value: Role; label: string }[] = [
  { value: "viewer", label: "viewer: sees everything" },
  { value: "member", label: "member: launches and stops" },
  { value: "admin", label: "admin: says who is what" },
];

/** Who is what in a project, who is invited, and which keys its endpoints have. */
export function MembersPanel({ below }: { below?: (projectId: string) => ReactNode }) {
  return (
    <OfProject>
      {(projectId) => (
        <Complete projectId={projectId}>
          <Members projectId={projectId} />
          <Invitations projectId={projectId} />
          <KeysPanel projectId={projectId} />
          {below?.(projectId)}
        </Complete>
      )}
    </OfProject>
  );
}

/** Shows panels once all are answered: each would move those below it. */
function Complete({ projectId, children }: { projectId: string; children: ReactNode }) {
  const answers = [
    useQuery(membersQuery(projectId)),
    useQuery(invitationsQuery(projectId)),
    useQuery(keysQuery(projectId)),
    useQuery(storageQuery(projectId)),
  ];
  const isPending = answers.some((answer) => answer.isPending);
  return isPending ? <Outline className="min-h-dvh" /> : children;
}

function Members({ projectId }: { projectId: string }) {
  const queryClient = useQueryClient();
  const query = membersQuery(projectId);
  const { data, error, refetch } = useQuery(query);
  const onSettled = () => queryClient.invalidateQueries(query);
  const given = useMutation({
    mutationFn: ({ id, role }: { id: string; role: Role }) => setRole(projectId, id, role),
    onSettled,
  });
  const removed = useMutation({
    mutationFn: (id: string) => removeMember(projectId, id),
    onSettled,
  });
  if (error && !data) {
    return <Failure error={error} onRetry={() => void refetch()} />;
  }
  return (
    <Panel>
      <PanelHeading>Members</PanelHeading>
      {(given.error ?? removed.error) && <Failure error={given.error ?? removed.error} />}
      <PlainTable
        label="Members"
        columns={["Name", "Role", "Since", "Action"]}
        empty={data && "Nobody is a member yet; invite somebody below."}
        rows={(data?.data ?? []).map((member) => ({
          key: member.user_id,
          cells: [
            member.name,
            <Select
              key="role"
              aria-label={`Role of ${member.name}`}
              value={member.role}
              onChange={(event) =>
                given.mutate({ id: member.user_id, role: event.target.value as Role })
              }
            >
              {ROLES.map(({ value, label }) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </Select>,
            <Ago key="since" instant={member.created_at} />,
            <Confirm
              key="remove"
              trigger={
                <Button size="small" variant="danger">
                  Remove
                </Button>
              }
              title={`Remove ${member.name}?`}
              description="The account stays; this project is closed to it."
              action="Remove"
              onConfirm={() => removed.mutate(member.user_id)}
            />,
          ],
        }))}
      />
    </Panel>
  );
}

function Invitations({ projectId }: { projectId: string }) {
  const queryClient = useQueryClient();
  const query = invitationsQuery(projectId);
  const { data, error } = useQuery(query);
  const [role, setRoleWanted] = useState<Role>("member");
  const onSettled = () => queryClient.invalidateQueries(query);
  const made = useMutation({ mutationFn: () => invite(projectId, role), onSettled });
  const revoked = useMutation({
    mutationFn: (id: string) => revokeInvitation(projectId, id),
    onSettled,
  });
  const failed = error ?? made.error ?? revoked.error;
  return (
    <Panel>
      <PanelHeading>Invitations</PanelHeading>
      {made.data && (
        <ShownOnce
          secret={made.data.link.url}
          what="The invitation is good for one person, within a week."
        />
      )}
      <div className="flex flex-wrap items-center gap-3 border-b border-line px-4 py-3">
        <Select
          aria-label="Role of who is invited"
          className="max-w-64"
          value={role}
          onChange={(event) => setRoleWanted(event.target.value as Role)}
        >
          {ROLES.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </Select>
        <Button variant="primary" busy={made.isPending} onClick={() => made.mutate()}>
          Make a link
        </Button>
      </div>
      {failed && <Failure error={failed} />}
      <PlainTable
        label="Invitations"
        columns={["Role", "By", "Made", "Expires", "Action"]}
        empty={data && "No invitation is open."}
        rows={(data?.data ?? []).map((invitation) => ({
          key: invitation.id,
          cells: [
            invitation.role,
            invitation.created_by,
            <Ago key="made" instant={invitation.created_at} />,
            formatInstant(invitation.expires_at),
            <Button key="revoke" size="small" onClick={() => revoked.mutate(invitation.id)}>
              Revoke
            </Button>,
          ],
        }))}
      />
    </Panel>
  );
}
