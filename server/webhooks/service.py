from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.database import clock, wake
from server.identifiers import new_id
from server.runs.snapshots import columns
from server.schemas import Page
from server.tables import Webhook, WebhookDelivery
from server.webhooks import repository
from server.webhooks.outbox import envelope
from server.webhooks.schemas import CreatedWebhook, DeliverySnapshot, NewWebhook, WebhookSnapshot
from server.webhooks.signing import new_secret


async def page(session: AsyncSession, project_id: str) -> Page[WebhookSnapshot]:
    rows = await repository.of_project(session, project_id)
    return Page(data=[_webhook(row) for row in rows])


async def create(
    session: AsyncSession, actor: Actor, project_id: str, body: NewWebhook
) -> CreatedWebhook:
    webhook = Webhook(
        id=new_id("whk"),
        project_id=project_id,
        url=body.url,
        topics=sorted(set(body.topics)),
        kind=body.kind,
        secret=new_secret(),
        created_by=actor.name,
    )
    session.add(webhook)
    await session.flush()
    return CreatedWebhook(webhook=_webhook(webhook), secret=webhook.secret)


async def delete(session: AsyncSession, project_id: str, webhook_id: str) -> None:
    await repository.remove(session, await repository.find(session, project_id, webhook_id))


async def ping(session: AsyncSession, project_id: str, webhook_id: str) -> DeliverySnapshot:
    webhook = await repository.find(session, project_id, webhook_id)
    payload = envelope("ping", {"webhook_id": webhook.id, "project_id": project_id})
    delivery = WebhookDelivery(
        id=new_id("msg"), webhook_id=webhook.id, topic="ping", payload=payload
    )
    session.add(delivery)
    await session.flush()
    wake(session, "webhooks")
    return _delivery(delivery)


async def redeliver(
    session: AsyncSession, project_id: str, webhook_id: str, delivery_id: str
) -> DeliverySnapshot:
    webhook = await repository.find(session, project_id, webhook_id)
    delivery = await repository.find_delivery(session, webhook.id, delivery_id)
    delivery.state, delivery.due_at = "pending", await clock(session)
    await session.flush()
    wake(session, "webhooks")
    return _delivery(delivery)


async def deliveries(
    session: AsyncSession, project_id: str, webhook_id: str, limit: int, after: str | None
) -> Page[DeliverySnapshot]:
    webhook = await repository.find(session, project_id, webhook_id)
    rows = await repository.deliveries(session, webhook.id, limit + 1, after)
    shown = [_delivery(row) for row in rows[:limit]]
    return Page(data=shown, next_cursor=shown[-1].id if len(rows) > limit else None)


def _webhook(row: Webhook) -> WebhookSnapshot:
    return WebhookSnapshot.model_validate(columns(row))


def _delivery(row: WebhookDelivery) -> DeliverySnapshot:
    return DeliverySnapshot.model_validate(columns(row))
