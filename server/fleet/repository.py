from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Label, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.database import clock
from server.fleet import turns
from server.fleet.recent_use import recently_used, seconds_held
from server.fleet.schemas import UsageBy, UsageRow
from server.fleet.turns import OpenSlot, Share, Turn, Waiting
from server.scoping import within
from server.studies import limits
from server.tables import Attempt, Event, GangMember, Pipeline, Project, Run, Token, Worker
from server.workers.capacity import capacity_of

USAGE_KEYS: Mapping[UsageBy, Sequence[Label[Any]]] = {
    "project": (),
    "person": (Pipeline.created_by.label("person"),),
    "run": (
        Pipeline.created_by.label("person"),
        Run.id.label("run_id"),
        Run.name.label("run"),
        Pipeline.id.label("pipeline_id"),
        Pipeline.name.label("pipeline"),
    ),
}
"""What use is summed up by, beside the project."""


async def present_turns(session: AsyncSession) -> dict[str, Turn]:
    """The turn of every waiting run, in the order in which they are claimed."""
    waiting = await queued(session)
    held = await limits.full_studies(session, {run.pipeline_id for run in waiting})
    waiting = [replace(run, held=held.get(run.pipeline_id)) for run in waiting]
    return turns.turns(waiting, await open_slots(session), await shares(session, waiting))


async def queued(session: AsyncSession, queues: Collection[str] | None = None) -> list[Waiting]:
    """All waiting runs, or those of some queues."""
    query = (
        select(
            Run.id,
            Run.pipeline_id,
            Pipeline.project_id,
            Run.queue,
            Run.priority,
            Run.queued_at,
            Run.gpus,
            Run.gpu_memory,
            Run.nodes,
        )
        .join(Pipeline, Pipeline.id == Run.pipeline_id)
        .where(Run.state == "queued", true() if queues is None else Run.queue.in_(queues))
    )
    rows = await session.execute(query)
    # A queued run has been queued at some time, whatever the column could hold.
    return [
        Waiting(id_, pipeline, project, queue, priority, at, gpus, memory, nodes=nodes)
        for id_, pipeline, project, queue, priority, at, gpus, memory, nodes in rows
        if at is not None
    ]


async def hopeless_gangs(
    session: AsyncSession, waiting: Sequence[Waiting], shares: Mapping[str, Share]
) -> set[str]:
    """The runs over several slots that the fleet is too small for, or their project's quota."""
    if all(run.nodes == 1 for run in waiting):
        return set()
    return turns.hopeless_gangs(waiting, await open_slots(session), shares)


async def waiting_rows(session: AsyncSession) -> dict[str, tuple[Run, Pipeline, Project]]:
    """All queued runs by id, each with what it belongs to."""
    query = (
        select(Run, Pipeline, Project)
        .join(Pipeline, Pipeline.id == Run.pipeline_id)
        .join(Project, Project.id == Pipeline.project_id)
        .where(Run.state == "queued")
    )
    rows = await session.execute(query)
    return {run.id: (run, pipeline, project) for run, pipeline, project in rows}


async def open_slots(session: AsyncSession) -> list[OpenSlot]:
    """Slots of all workers that are heard of."""
    held = select(Attempt.worker_id, Attempt.slot).where(Attempt.ended_at.is_(None))
    nodes = (
        select(GangMember.worker_id, GangMember.slot)
        .join(Attempt, Attempt.id == GangMember.attempt_id)
        .where(GangMember.ended_at.is_(None), Attempt.ended_at.is_(None))
    )
    busy = {tuple(row) for row in await session.execute(held.union_all(nodes))}
    query = (
        select(Worker, Token.queues, Token.projects)
        .join(Token, Token.id == Worker.token_id)
        .where(Worker.online_until > await clock(session))
    )
    return [
        OpenSlot(
            queues=frozenset(worker.queues if queues is None else {*worker.queues} & {*queues}),
            capacity=capacity_of(worker, slot),
            projects=None if projects is None else frozenset(projects),
            draining=worker.draining_at is not None,
            busy=(worker.id, slot) in busy,
        )
        for worker, queues, projects in await session.execute(query)
        for slot in range(worker.slots)
    ]


async def shares(session: AsyncSession, waiting: Iterable[Waiting]) -> dict[str, Share]:
    """What each project that waits holds and may hold, and what it has used of late."""
    projects = {run.project_id for run in waiting}
    holdings = await share_of(session, Project.id.in_(projects))
    # Who is alone shares with nobody.
    if len(projects) > 1:
        now = await clock(session)
        used = await recently_used(session, now)
        holdings = {id_: replace(share, used=used[id_]) for id_, share in holdings.items()}
    return holdings


async def share_of(session: AsyncSession, projects: ColumnElement[bool]) -> dict[str, Share]:
    """What projects hold at present and may hold, by project."""
    held = (
        select(
            Pipeline.project_id, func.count().label("runs"), func.sum(Attempt.gpus).label("gpus")
        )
        .select_from(Attempt)
        .join(Run, Run.id == Attempt.run_id)
        .join(Pipeline, Pipeline.id == Run.pipeline_id)
        .where(Attempt.ended_at.is_(None))
        .group_by(Pipeline.project_id)
        .subquery()
    )
    query = (
        select(Project.id, held.c.runs, held.c.gpus, Project.max_runs, Project.max_gpus)
        .outerjoin(held, held.c.project_id == Project.id)
        .where(projects)
    )
    return {
        project_id: Share(runs or 0, gpus or 0, max_runs, max_gpus)
        for project_id, runs, gpus, max_runs, max_gpus in await session.execute(query)
    }


async def visible_projects(session: AsyncSession, actor: Actor) -> Sequence[Project]:
    """Projects that the actor sees, by name."""
    query = select(Project).where(within(Project.id, actor)).order_by(Project.name)
    return (await session.scalars(query)).all()


async def usage(
    session: AsyncSession, whose: ColumnElement[bool], by: UsageBy, since: datetime, limit: int
) -> list[UsageRow]:
    """What has been used since a moment, the most first."""
    seconds = seconds_held(since, await clock(session))
    keys = [Project.id.label("project_id"), Project.name.label("project"), *USAGE_KEYS[by]]
    gpu_seconds = func.sum(seconds * Attempt.gpus).label("gpu_seconds")
    slot_seconds = func.sum(seconds).label("slot_seconds")
    query = (
        select(*keys, func.count(Run.id.distinct()).label("runs"), gpu_seconds, slot_seconds)
        .select_from(Attempt)
        .join(Run, Run.id == Attempt.run_id)
        .join(Pipeline, Pipeline.id == Run.pipeline_id)
        .join(Project, Project.id == Pipeline.project_id)
        .where(whose, *_executed_since(since))
        .group_by(*keys)
        .order_by(gpu_seconds.desc(), slot_seconds.desc(), *keys)
        .limit(limit)
    )
    rows = (await session.execute(query)).mappings()
    return [UsageRow.model_validate(dict(row)) for row in rows]


async def measured(session: AsyncSession, run_id: str, limit: int) -> Sequence[Event]:
    """The newest events that say what a run's devices did, newest first."""
    query = (
        select(Event)
        .where(Event.run_id == run_id, Event.source == "worker", Event.type == "devices_measured")
        .order_by(Event.position.desc())
        .limit(limit)
    )
    return (await session.scalars(query)).all()


def _executed_since(since: datetime) -> tuple[ColumnElement[bool], ...]:
    # What was imported was executed by somebody else.
    return (
        Attempt.worker_id.is_not(None),
        or_(Attempt.ended_at.is_(None), Attempt.ended_at > since),
    )
