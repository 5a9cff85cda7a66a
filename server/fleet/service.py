from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

from sqlalchemy import and_
from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.database import clock, wake
from server.fleet import repository
from server.fleet.schemas import (
    DeviceMoment,
    NewQuota,
    QueueSnapshot,
    QuotaSnapshot,
    RunDevices,
    UsageBy,
    UsageRow,
    WaitingRun,
)
from server.fleet.turns import OpenSlot, Share, Turn
from server.runs import repository as runs
from server.schemas import Page
from server.scoping import within
from server.tables import Pipeline, Project, Run


async def queues(session: AsyncSession, actor: Actor) -> Page[QueueSnapshot]:
    """Every queue with what waits in it, by name."""
    slots = await repository.open_slots(session)
    turns = await repository.present_turns(session)
    rows = await repository.waiting_rows(session)
    visible = actor.projects("read")
    waiting = defaultdict[str, list[WaitingRun]](list)
    elsewhere = defaultdict[str, int](int)
    for run_id, turn in turns.items():
        run, pipeline, project = rows[run_id]
        if visible is None or project.id in visible:
            waiting[run.queue].append(_waiting(run, pipeline, project, turn))
        else:
            elsewhere[run.queue] += 1
    served = {name for slot in slots for name in slot.queues}
    return Page(
        data=[
            _queue(name, slots, waiting[name], elsewhere[name])
            for name in sorted(served | {*waiting} | {*elsewhere})
        ]
    )


def _waiting(run: Run, pipeline: Pipeline, project: Project, turn: Turn) -> WaitingRun:
    assert run.queued_at is not None, "a queued run has been queued"
    return WaitingRun(
        run_id=run.id,
        run=run.name,
        pipeline_id=pipeline.id,
        pipeline=pipeline.name,
        number=pipeline.number,
        project_id=project.id,
        project=project.name,
        priority=run.priority,
        gpus=run.gpus,
        queued_at=run.queued_at,
        ahead=turn.ahead,
        reason=turn.reason,
        starts=turn.starts,
    )


def _queue(
    name: str, slots: list[OpenSlot], waiting: list[WaitingRun], elsewhere: int
) -> QueueSnapshot:
    serving = [slot for slot in slots if name in slot.queues]
    return QueueSnapshot(
        name=name,
        slots=len(serving),
        free=sum(not slot.busy and not slot.draining for slot in serving),
        gpus=sum(slot.capacity.gpus for slot in serving),
        waiting=waiting,
        elsewhere=elsewhere,
    )


async def usage(
    session: AsyncSession,
    actor: Actor,
    by: UsageBy,
    days: float,
    project_id: str | None,
    limit: int,
) -> Page[UsageRow]:
    """Use of the fleet in the last days, the most first."""
    since = await clock(session) - timedelta(days=days)
    whose = within(Project.id, actor)
    if project_id:
        whose = and_(whose, Project.id == project_id)
    return Page(data=await repository.usage(session, whose, by, since, limit))


async def run_devices(session: AsyncSession, run_id: str, limit: int) -> RunDevices:
    run = await runs.find(session, run_id)
    used = await repository.usage(session, Run.id == run_id, "run", run.created_at, 1)
    moments = [
        DeviceMoment.model_validate({**(row.content or {}), "at": row.at, "attempt": row.attempt})
        for row in reversed(await repository.measured(session, run_id, limit))
    ]
    return RunDevices(
        gpu_seconds=sum(row.gpu_seconds for row in used),
        slot_seconds=sum(row.slot_seconds for row in used),
        moments=moments,
    )


async def quotas(session: AsyncSession, actor: Actor) -> Page[QuotaSnapshot]:
    projects = await repository.visible_projects(session, actor)
    shares = await repository.share_of(session, Project.id.in_([row.id for row in projects]))
    return Page(data=[_quota(project, shares[project.id]) for project in projects])


async def set_quota(session: AsyncSession, project_id: str, body: NewQuota) -> QuotaSnapshot:
    project = await session.get_one(Project, project_id)
    project.max_runs, project.max_gpus = body.max_runs, body.max_gpus
    await session.flush()
    wake(session, "queue")
    shares = await repository.share_of(session, Project.id == project_id)
    return _quota(project, shares[project_id])


def _quota(project: Project, share: Share) -> QuotaSnapshot:
    return QuotaSnapshot(
        project_id=project.id,
        project=project.name,
        max_runs=share.max_runs,
        max_gpus=share.max_gpus,
        runs=share.runs,
        gpus=share.gpus,
    )
