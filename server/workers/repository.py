from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, bindparam, case, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.errors import NotFound
from server.fleet.turns import Share
from server.scoping import within
from server.studies.limits import has_room
from server.tables import (
    Attempt,
    Dataset,
    GangMember,
    Model,
    Pipeline,
    Project,
    Run,
    Worker,
)
from server.workers.capacity import Capacity


async def find(session: AsyncSession, worker_id: str, actor: Actor) -> Worker:
    """Return the worker if it is the actor's."""
    worker = await session.get(Worker, worker_id)
    if worker is None or worker.token_id != actor.credential:
        raise NotFound("worker", worker_id)
    return worker


async def known(session: AsyncSession, actor: Actor, host: str, name: str) -> Worker | None:
    query = select(Worker).where(
        Worker.token_id == actor.credential, Worker.host == host, Worker.name == name
    )
    return (await session.scalars(query)).first()


async def page(session: AsyncSession) -> Sequence[Worker]:
    return (await session.scalars(select(Worker).order_by(Worker.id.desc()).limit(200))).all()


async def held_slots(
    session: AsyncSession, worker_ids: Collection[str]
) -> dict[tuple[str, int], tuple[Attempt, Run, Pipeline]]:
    """What is executed, by worker and slot."""
    query = (
        select(Attempt.worker_id, Attempt, Run, Pipeline)
        .join(Run, Run.id == Attempt.run_id)
        .join(Pipeline, Pipeline.id == Run.pipeline_id)
        .where(Attempt.worker_id.in_(worker_ids), Attempt.ended_at.is_(None))
        .order_by(Run.id)
    )
    return {
        (worker_id, attempt.slot): (attempt, run, pipeline)
        for worker_id, attempt, run, pipeline in await session.execute(query)
        if worker_id is not None
    } | await _held_by_members(session, worker_ids)


async def _held_by_members(
    session: AsyncSession, worker_ids: Collection[str]
) -> dict[tuple[str, int], tuple[Attempt, Run, Pipeline]]:
    query = (
        select(GangMember, Attempt, Run, Pipeline)
        .join(Attempt, Attempt.id == GangMember.attempt_id)
        .join(Run, Run.id == Attempt.run_id)
        .join(Pipeline, Pipeline.id == Run.pipeline_id)
        .where(
            GangMember.worker_id.in_(worker_ids),
            GangMember.ended_at.is_(None),
            Attempt.ended_at.is_(None),
        )
    )
    return {
        (member.worker_id, member.slot): (attempt, run, pipeline)
        for member, attempt, run, pipeline in await session.execute(query)
    }


async def named(session: AsyncSession, worker_id: str) -> Worker:
    worker = await session.get(Worker, worker_id)
    if worker is None:
        raise NotFound("worker", worker_id)
    return worker


async def is_draining(session: AsyncSession, worker_id: str) -> bool:
    query = select(Worker.draining_at).where(Worker.id == worker_id)
    return (await session.scalars(query)).one() is not None


async def leased(session: AsyncSession, attempt_id: str, actor: Actor) -> Attempt:
    """Return the attempt if it was leased to a worker of this actor."""
    query = (
        select(Attempt)
        .join(Worker, Worker.id == Attempt.worker_id)
        .where(Attempt.id == attempt_id, Worker.token_id == actor.credential)
    )
    attempt = (await session.scalars(query)).one_or_none()
    if attempt is None:
        raise NotFound("attempt", attempt_id)
    return attempt


_LEASED_AND_LOCKED = (
    select(Run, Attempt)
    .join(Attempt, Attempt.run_id == Run.id)
    .join(Worker, Worker.id == Attempt.worker_id)
    .where(Attempt.id == bindparam("attempt"), Worker.token_id == bindparam("token"))
    # In the order of whoever ends an attempt; both are read as they stand under their locks.
    .with_for_update(of=(Run, Attempt), key_share=True)
)


async def lock_leased(session: AsyncSession, attempt_id: str, actor: Actor) -> tuple[Run, Attempt]:
    """Lock an attempt that was leased to a worker of this actor and, before it, its run."""
    who = {"attempt": attempt_id, "token": actor.credential}
    row = (await session.execute(_LEASED_AND_LOCKED, who)).one_or_none()
    if row is None:
        raise NotFound("attempt", attempt_id)
    return row[0], row[1]


async def renew(session: AsyncSession, attempt_id: str, expires_at: datetime) -> None:
    """Move the end of a lease that is still held."""
    query = (
        update(Attempt)
        .where(Attempt.id == attempt_id, Attempt.ended_at.is_(None))
        .values(lease_expires_at=expires_at)
    )
    await session.execute(query)


async def expired(session: AsyncSession, now: datetime) -> Sequence[str]:
    """Ids of the attempts whose lease has run out."""
    query = select(Attempt.id).where(Attempt.ended_at.is_(None), Attempt.lease_expires_at < now)
    return (await session.scalars(query)).all()


async def extend_leases(session: AsyncSession, by: timedelta) -> None:
    """Give every lease that is held so much longer."""
    held = select(Attempt).where(Attempt.ended_at.is_(None)).order_by(Attempt.id)
    for attempt in await session.scalars(held.with_for_update(key_share=True)):
        attempt.lease_expires_at += by


async def claimed_with(session: AsyncSession, worker_id: str, key: str) -> Attempt | None:
    query = select(Attempt).where(Attempt.worker_id == worker_id, Attempt.claim_key == key)
    return (await session.scalars(query)).one_or_none()


def _open_to(
    actor: Actor, queues: Sequence[str], capacity: Capacity
) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of a queued run that a slot may take."""
    allowed = actor.scope.queues
    served = queues if allowed is None else [queue for queue in queues if queue in allowed]
    return (
        Run.state == "queued",
        Run.queue.in_(served),
        within(Pipeline.project_id, actor, "work"),
        func.coalesce(Run.gpus, 0) <= capacity.gpus,
        func.coalesce(Run.gpu_memory, 0) <= capacity.gpu_memory,
        has_room(),
    )


async def anything_queued(
    session: AsyncSession, actor: Actor, queues: Sequence[str], capacity: Capacity
) -> bool:
    joined = select(Run.id).join(Pipeline, Pipeline.id == Run.pipeline_id)
    query = joined.where(*_open_to(actor, queues, capacity)).limit(1)
    return (await session.scalars(query)).first() is not None


async def next_queued(
    session: AsyncSession,
    actor: Actor,
    queues: Sequence[str],
    capacity: Capacity,
    shares: Mapping[str, Share],
    hopeless: Collection[str],
) -> Run | None:
    """Return the run whose turn it is on a slot, its pipeline locked; see `fleet.turns`.

    A pipeline that another claim holds is passed over, so that claims never wait for each other.
    """
    refused = [id_ for id_, share in shares.items() if share.objection(capacity.gpus)]
    query = (
        select(Run, Pipeline)
        .join(Pipeline, Pipeline.id == Run.pipeline_id)
        .where(
            *_open_to(actor, queues, capacity),
            Pipeline.project_id.not_in(refused),
            Run.id.not_in(hopeless),
        )
        .order_by(Run.priority.desc(), *_least_used_first(shares), Run.queued_at, Run.id)
        .limit(1)
        .with_for_update(of=Pipeline, skip_locked=True, key_share=True)
    )
    row = (await session.execute(query)).first()
    return row and row[0]


def _least_used_first(shares: Mapping[str, Share]) -> list[ColumnElement[float]]:
    used = [
        (and_(Pipeline.project_id == project_id, Run.queue == queue), seconds)
        for project_id, share in shares.items()
        for queue, seconds in share.used.items()
    ]
    return [case(*used, else_=0.0)] if used else []


async def quota_alone(session: AsyncSession, project_id: str) -> Project | None:
    """Return the project, locked if it has a quota; None if somebody else holds it just now.

    Nobody waits for it here: who has it, such as a launch, may wait for a run that is locked.
    """
    project = await session.get_one(Project, project_id)
    if project.max_runs is None and project.max_gpus is None:
        return project
    query = (
        select(Project)
        .where(Project.id == project_id)
        .with_for_update(skip_locked=True, key_share=True)
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(query)).one_or_none()


async def take(session: AsyncSession, run: Run) -> bool:
    """Compare-and-set: make the run claimed if it still is as it was read."""
    query = (
        update(Run)
        .where(Run.id == run.id, Run.state == "queued", Run.version == run.version)
        .values(attempt=Run.attempt + 1)
        .returning(Run.id)
    )
    return (await session.execute(query)).first() is not None


async def dataset(session: AsyncSession, name: str) -> Dataset:
    return (await session.scalars(select(Dataset).where(Dataset.name == name))).one()


async def model(session: AsyncSession, name: str) -> Model | None:
    return (await session.scalars(select(Model).where(Model.name == name))).one_or_none()
