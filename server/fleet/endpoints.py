from __future__ import annotations

from fastapi import APIRouter

from server.access import Administrator, Reader
from server.fleet import service
from server.fleet.schemas import NewQuota, QueueSnapshot, QuotaSnapshot
from server.parts import Reading, Writing
from server.schemas import Page

router = APIRouter(tags=["fleet"])


@router.get("/queues")
async def list_queues(actor: Reader, session: Reading) -> Page[QueueSnapshot]:
    """Queues by name, with what waits in them and why."""
    return await service.queues(session, actor)


@router.get("/quotas")
async def list_quotas(actor: Reader, session: Reading) -> Page[QuotaSnapshot]:
    """How much of the fleet each project may hold, and how much it does, by the project's name."""
    return await service.quotas(session, actor)


@router.put("/projects/{project_id}/quota")
async def set_quota(
    project_id: str, body: NewQuota, actor: Administrator, session: Writing
) -> QuotaSnapshot:
    """Say how much of the fleet a project may hold at a time."""
    return await service.set_quota(session, project_id, body)
