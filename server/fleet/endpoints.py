from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from server.access import Administrator, Reader
from server.fleet import service
from server.fleet.schemas import (
    NewQuota,
    QueueSnapshot,
    QuotaSnapshot,
    RunDevices,
    UsageBy,
    UsageRow,
)
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


@router.get("/usage")
async def get_usage(
    actor: Reader,
    session: Reading,
    by: UsageBy = "person",
    days: Annotated[float, Query(gt=0, le=3660)] = 30,
    project_id: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Page[UsageRow]:
    """GPU time by project, by person in each project, or by run; the most first."""
    return await service.usage(session, actor, by, days, project_id, limit)


@router.get("/runs/{run_id}/devices")
async def get_run_devices(
    run_id: str,
    actor: Reader,
    session: Reading,
    limit: Annotated[int, Query(ge=1, le=1000, description="The newest so many moments")] = 120,
) -> RunDevices:
    """GPU time of a run, and what its GPUs did."""
    return await service.run_devices(session, run_id, limit)


@router.put("/projects/{project_id}/quota")
async def set_quota(
    project_id: str, body: NewQuota, actor: Administrator, session: Writing
) -> QuotaSnapshot:
    """Say how much of the fleet a project may hold at a time."""
    return await service.set_quota(session, project_id, body)
