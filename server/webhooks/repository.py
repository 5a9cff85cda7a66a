from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.errors import NotFound
from server.tables import Webhook, WebhookDelivery


async def of_project(session: AsyncSession, project_id: str) -> Sequence[Webhook]:
    query = select(Webhook).where(Webhook.project_id == project_id)
    return (await session.scalars(query.order_by(Webhook.id.desc()))).all()


async def find(session: AsyncSession, project_id: str, webhook_id: str) -> Webhook:
    webhook = await session.get(Webhook, webhook_id)
    if webhook is None or webhook.project_id != project_id:
        raise NotFound("webhook", webhook_id)
    return webhook


async def find_delivery(
    session: AsyncSession, webhook_id: str, delivery_id: str
) -> WebhookDelivery:
    delivery = await session.get(WebhookDelivery, delivery_id)
    if delivery is None or delivery.webhook_id != webhook_id:
        raise NotFound("delivery", delivery_id)
    return delivery


async def remove(session: AsyncSession, webhook: Webhook) -> None:
    gone = delete(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook.id)
    await session.execute(gone)
    await session.delete(webhook)


async def deliveries(
    session: AsyncSession, webhook_id: str, limit: int, after: str | None
) -> Sequence[WebhookDelivery]:
    query = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook_id)
    if after:
        query = query.where(WebhookDelivery.id < after)
    return (await session.scalars(query.order_by(WebhookDelivery.id.desc()).limit(limit))).all()


async def due(
    session: AsyncSession, now: datetime, limit: int
) -> Sequence[tuple[WebhookDelivery, Webhook]]:
    """What is to be tried now, the longest due first; nobody else takes it meanwhile."""
    query = (
        select(WebhookDelivery, Webhook)
        .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
        .where(WebhookDelivery.state == "pending", WebhookDelivery.due_at <= now)
        .order_by(WebhookDelivery.due_at)
        .limit(limit)
        .with_for_update(of=WebhookDelivery, skip_locked=True, key_share=True)
    )
    return [(delivery, webhook) for delivery, webhook in await session.execute(query)]


async def any_due(session: AsyncSession, now: datetime) -> bool:
    query = select(WebhookDelivery.id).where(
        WebhookDelivery.state == "pending", WebhookDelivery.due_at <= now
    )
    return (await session.scalars(query.limit(1))).first() is not None


async def forget(session: AsyncSession, now: datetime, age: timedelta) -> None:
    """Delete what has come to its end and is older than this."""
    old = delete(WebhookDelivery).where(
        WebhookDelivery.state != "pending", WebhookDelivery.created_at < now - age
    )
    await session.execute(old)
