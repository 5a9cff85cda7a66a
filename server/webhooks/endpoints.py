from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, status

from server.access import ProjectAdmin
from server.parts import Reading, Writing
from server.schemas import Page
from server.webhooks import service
from server.webhooks.schemas import CreatedWebhook, DeliverySnapshot, NewWebhook, WebhookSnapshot

router = APIRouter(prefix="/projects/{project_id}/webhooks", tags=["webhooks"])


@router.get("")
async def list_webhooks(
    project_id: str, actor: ProjectAdmin, session: Reading
) -> Page[WebhookSnapshot]:
    """Webhooks of a project, newest first."""
    return await service.page(session, project_id)


@router.post("", status_code=status.HTTP_201_CREATED)
async def create_webhook(
    project_id: str, body: NewWebhook, actor: ProjectAdmin, session: Writing
) -> CreatedWebhook:
    """Have events of a project posted to an address; the secret that signs them is shown once."""
    return await service.create(session, actor, project_id, body)


@router.delete("/{webhook_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_webhook(
    project_id: str, webhook_id: str, actor: ProjectAdmin, session: Writing
) -> None:
    """Post nothing more there, and forget what was."""
    await service.delete(session, project_id, webhook_id)


@router.post("/{webhook_id}/ping", status_code=status.HTTP_202_ACCEPTED)
async def ping_webhook(
    project_id: str, webhook_id: str, actor: ProjectAdmin, session: Writing
) -> DeliverySnapshot:
    """Post an event `ping`, to see whether it arrives."""
    return await service.ping(session, project_id, webhook_id)


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/redeliver", status_code=status.HTTP_202_ACCEPTED
)
async def redeliver(
    project_id: str, webhook_id: str, delivery_id: str, actor: ProjectAdmin, session: Writing
) -> DeliverySnapshot:
    """Post an event once more under its own id, whatever became of it."""
    return await service.redeliver(session, project_id, webhook_id, delivery_id)


@router.get("/{webhook_id}/deliveries")
async def list_deliveries(
    project_id: str,
    webhook_id: str,
    actor: ProjectAdmin,
    session: Reading,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: str | None = None,
) -> Page[DeliverySnapshot]:
    """What was or will be posted there, newest first, with every try."""
    return await service.deliveries(session, project_id, webhook_id, limit, after)
