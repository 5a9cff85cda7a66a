import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { CircleCheck, CircleX, Clock } from "lucide-react";
import type { DeliverySnapshot, WebhookSnapshot } from "@/api/schema";
import { deliveriesQuery, redeliver } from "@/api/webhooks";
import { classNames } from "@/components/class-names";
import { Failure } from "@/components/failure";
import { Ago } from "@/components/moment";
import { MoreButton } from "@/components/more-button";
import { PlainTable } from "@/components/plain-table";
import { Button } from "@/components/ui/button";
import { Panel, PanelHeading } from "@/components/ui/panel";
import { formatInstant } from "@/format/time";
import { topicWord } from "./topics";

interface DeliveryLogProps {
  projectId: string;
  webhook: WebhookSnapshot;
}

/** Every event on its way to one webhook, with how each try was answered. */
export function DeliveryLog({ projectId, webhook }: DeliveryLogProps) {
  const queryClient = useQueryClient();
  const log = deliveriesQuery(projectId, webhook.id);
  const query = useInfiniteQuery(log);
  const again = useMutation({
    mutationFn: (id: string) => redeliver(projectId, webhook.id, id),
    onSettled: () => queryClient.invalidateQueries({ queryKey: log.queryKey }),
  });
  const deliveries = query.data?.pages.flatMap(({ data }) => data) ?? [];
  return (
    <Panel data-testid="deliveries">
      <PanelHeading>
        Deliveries to <span className="tabular font-normal break-all">{webhook.url}</span>
      </PanelHeading>
      {(query.error ?? again.error) && <Failure error={query.error ?? again.error} />}
      <PlainTable
        label="Deliveries"
        columns={["Event", "State", "Last answer", "Tries", "Made", "Action"]}
        empty={query.data && "Nothing was posted yet. Send a test to see whether it arrives."}
        rows={deliveries.map((delivery) => ({
          key: delivery.id,
          cells: cells(delivery, () => again.mutate(delivery.id)),
        }))}
      />
      <div className="px-4 pb-3 empty:hidden">
        <MoreButton query={query} />
      </div>
    </Panel>
  );
}

const LOOKS = {
  pending: { Icon: Clock, colour: "text-muted", word: "on its way" },
  delivered: { Icon: CircleCheck, colour: "text-good", word: "delivered" },
  failed: { Icon: CircleX, colour: "text-bad", word: "given up" },
};

function cells(delivery: DeliverySnapshot, onAgain: () => void) {
  const { Icon, colour, word } = LOOKS[delivery.state];
  const last = delivery.tries.at(-1);
  return [
    topicWord(delivery.topic),
    <span
      key="state"
      className={classNames("inline-flex items-center gap-1 font-medium", colour)}
      title={
        delivery.state === "pending" ? `Next try ${formatInstant(delivery.due_at)}` : undefined
      }
    >
      <Icon aria-hidden className="size-3.5" />
      {word}
    </span>,
    <span key="answer" className="block max-w-96 truncate text-muted" title={last?.problem}>
      {last ? last.problem || `status ${last.status}` : "none yet"}
    </span>,
    <span key="tries" className="tabular">
      {delivery.tries.length}
    </span>,
    <Ago key="made" instant={delivery.created_at} />,
    <Button key="again" size="small" disabled={delivery.state === "pending"} onClick={onAgain}>
      Send again
    </Button>,
  ];
}
