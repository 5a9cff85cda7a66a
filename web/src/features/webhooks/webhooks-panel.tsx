import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { WebhookSnapshot } from "@/api/schema";
import { createWebhook, deleteWebhook, pingWebhook, webhooksQuery } from "@/api/webhooks";
import { Failure } from "@/components/failure";
import { Ago } from "@/components/moment";
import { OfProject } from "@/components/of-project";
import { PlainTable } from "@/components/plain-table";
import { ShownOnce } from "@/components/shown-once";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Panel, PanelHeading } from "@/components/ui/panel";
import { DeliveryLog } from "./delivery-log";
import { NewWebhookForm } from "./new-webhook-form";
import { TOPICS } from "./topics";

/** Where a project's events are posted, and what became of every one. */
export function WebhooksPanel() {
  return <OfProject>{(projectId) => <Webhooks key={projectId} projectId={projectId} />}</OfProject>;
}

function Webhooks({ projectId }: { projectId: string }) {
  const queryClient = useQueryClient();
  const query = webhooksQuery(projectId);
  const { data, error } = useQuery(query);
  const [opened, setOpened] = useState<string>();
  const onSettled = () => queryClient.invalidateQueries(query);
  const made = useMutation({
    mutationFn: (webhook: Parameters<typeof createWebhook>[1]) => createWebhook(projectId, webhook),
    onSuccess: ({ webhook }) => setOpened(webhook.id),
    onSettled,
  });
  const removed = useMutation({
    mutationFn: (id: string) => deleteWebhook(projectId, id),
    onSettled,
  });
  const pinged = useMutation({
    mutationFn: (id: string) => pingWebhook(projectId, id),
    onSuccess: (_, id) => setOpened(id),
    onSettled,
  });
  const webhook = data?.data.find(({ id }) => id === opened);
  const failed = error ?? made.error ?? removed.error ?? pinged.error;
  return (
    <>
      <Panel>
        <PanelHeading>Webhooks</PanelHeading>
        {made.data?.webhook.kind === "standard" && (
          <ShownOnce
            secret={made.data.secret}
            what="By this secret the receiver checks the signature of every delivery."
          />
        )}
        <NewWebhookForm onSubmit={made.mutate} busy={made.isPending} />
        {failed && <Failure error={failed} />}
        <PlainTable
          label="Webhooks"
          columns={["Address", "Events", "Form", "By", "Made", "Action"]}
          empty={
            data && "Nothing is posted anywhere. Give the address of a chat or of a program above."
          }
          rows={(data?.data ?? []).map((one) => ({
            key: one.id,
            cells: cells(one, {
              isOpened: one.id === opened,
              onLog: () => setOpened(one.id === opened ? undefined : one.id),
              onPing: () => pinged.mutate(one.id),
              onDelete: () => removed.mutate(one.id),
            }),
          }))}
        />
      </Panel>
      {webhook && <DeliveryLog key={webhook.id} projectId={projectId} webhook={webhook} />}
    </>
  );
}

interface Deeds {
  isOpened: boolean;
  onLog: () => void;
  onPing: () => void;
  onDelete: () => void;
}

function cells(webhook: WebhookSnapshot, { isOpened, onLog, onPing, onDelete }: Deeds) {
  return [
    <code key="url" className="tabular block max-w-96 truncate" title={webhook.url}>
      {webhook.url}
    </code>,
    webhook.topics.map((topic) => TOPICS[topic].word).join(", "),
    webhook.kind === "slack" ? "Slack" : "signed JSON",
    webhook.created_by,
    <Ago key="made" instant={webhook.created_at} />,
    <span key="do" className="flex gap-2">
      <Button size="small" onClick={onPing}>
        Send a test
      </Button>
      <Button size="small" aria-expanded={isOpened} onClick={onLog}>
        Deliveries
      </Button>
      <Confirm
        trigger={
          <Button size="small" variant="danger">
            Remove
          </Button>
        }
        title="Remove this webhook?"
        description={`Nothing more is posted to ${webhook.url}, and its log of deliveries is forgotten.`}
        action="Remove"
        onConfirm={onDelete}
      />
    </span>,
  ];
}
