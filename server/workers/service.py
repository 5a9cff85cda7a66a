from __future__ import annotations

from datetime import timedelta
from socket import gethostname
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.database import clock, wake
from server.identifiers import new_id
from server.runs import repository as runs
from server.runs.schemas import RunSnapshot
from server.runs.service import end_attempt, snapshot
from server.schemas import Page, storable
from server.settings import Settings
from server.storage.disk import Disk, disk_of
from server.storage.schemas import DiskSnapshot
from server.storage.service import require_quota
from server.storage.watch import is_worse, raise_alert
from server.tables import Attempt, Pipeline, Project, Run, Worker
from server.workers import gangs, repository
from server.workers.presence import hear
from server.workers.schemas import (
    AttemptExit,
    DiskReport,
    Heartbeat,
    NewWorker,
    Registration,
    WorkerSnapshot,
)
from server.workers.snapshots import snapshots

if TYPE_CHECKING:
    from server.parts import Parts


async def page(session: AsyncSession, actor: Actor) -> Page[WorkerSnapshot]:
    return Page(data=await snapshots(session, actor, await repository.page(session)))


async def set_draining(
    session: AsyncSession, worker_id: str, actor: Actor, *, draining: bool
) -> WorkerSnapshot:
    """Give a worker no more runs, or runs again; what it executes goes on."""
    worker = await repository.named(session, worker_id)
    if draining != (worker.draining_at is not None):
        worker.draining_at = await clock(session) if draining else None
        await session.flush()
        wake(session, "queue")
    return (await snapshots(session, actor, [worker]))[0]


async def register(
    session: AsyncSession, settings: Settings, body: NewWorker, actor: Actor
) -> Registration:
    now = await clock(session)
    worker = await repository.known(session, actor, body.host, body.name)
    if worker is None:
        worker = Worker(id=new_id("wrk"), token_id=actor.credential, **body.model_dump(mode="json"))
        session.add(worker)
    else:
        worker.pid, worker.slots, worker.queues = body.pid, body.slots, list(body.queues)
        worker.devices = [[device.model_dump() for device in slot] for slot in body.devices]
        worker.registered_at = now
    hear(worker, now, settings)
    return Registration(
        worker_id=worker.id,
        lease_seconds=settings.lease_seconds,
        heartbeat_seconds=settings.heartbeat_seconds,
    )


async def report_disk(
    session: AsyncSession, settings: Settings, worker_id: str, body: DiskReport, actor: Actor
) -> None:
    """Keep what a worker says of its disk; each worsening is an alert."""
    worker = await repository.find(session, worker_id, actor)
    disk = Disk(body.free_bytes, body.total_bytes, body.reserve_bytes)
    told = DiskSnapshot.model_validate(worker.disk).state if worker.disk else "enough"
    # Where a worker stands beside the server, the server tells of the disk that they share.
    shared = worker.host == gethostname() and disk.total == disk_of(settings).total
    if is_worse(disk.state, told) and not shared:
        whose = f"The disk of worker {worker.name} on {worker.host}"
        await raise_alert(session, disk, whose, "its checkpoints may not reach the artifact store")
    worker.disk = {**body.model_dump(), "state": disk.state}


async def heartbeat(
    session: AsyncSession, settings: Settings, attempt_id: str, actor: Actor
) -> Heartbeat:
    attempt = await repository.leased(session, attempt_id, actor)
    now = await clock(session)
    await repository.renew(session, attempt.id, now + timedelta(seconds=settings.lease_seconds))
    hear(await session.get_one(Worker, attempt.worker_id), now, settings)
    run = await runs.find(session, attempt.run_id)
    return Heartbeat(
        desired_state=run.desired_state,
        superseded=superseded(run, attempt),
        lease_seconds=settings.lease_seconds,
    )


def superseded(run: Run, attempt: Attempt) -> bool:
    """Whether the attempt has lost its right to the run: to a newer one, or by its silence."""
    # Another node may have ended an attempt of several for all of them.
    ended_for_all = attempt.nodes > 1 and attempt.ended_at is not None
    return attempt.number != run.attempt or attempt.exit_kind == "lost" or ended_for_all


async def require_room(parts: Parts, attempt_id: str, actor: Actor) -> str:
    """Return the project of an attempt. Raises `NoRoom` where its quota of artifacts is used."""
    async with parts.database.reading() as session:
        attempt = await repository.leased(session, attempt_id, actor)
        run = await runs.find(session, attempt.run_id)
        pipeline = await session.get_one(Pipeline, run.pipeline_id)
        project = await session.get_one(Project, pipeline.project_id)
        await require_quota(session, project)
        return project.id


async def report_exit(
    session: AsyncSession, attempt_id: str, body: AttemptExit, actor: Actor
) -> RunSnapshot:
    attempt = await repository.leased(session, attempt_id, actor)
    run = await end_attempt(session, attempt.id, body.kind, explain(body))
    await session.flush()
    return await snapshot(session, run)


async def member_heartbeat(
    session: AsyncSession, settings: Settings, member_id: str, actor: Actor
) -> Heartbeat:
    member, attempt, worker = await gangs.leased(session, member_id, actor)
    now = await clock(session)
    await gangs.renew(session, member.id, now + timedelta(seconds=settings.lease_seconds))
    hear(worker, now, settings)
    run = await runs.find(session, attempt.run_id)
    return Heartbeat(
        desired_state=run.desired_state,
        superseded=superseded(run, attempt),
        lease_seconds=settings.lease_seconds,
    )


async def report_member_exit(
    session: AsyncSession, member_id: str, body: AttemptExit, actor: Actor
) -> RunSnapshot:
    """End a node; unless it did what was wanted of it, the attempt ends for all of them."""
    member, attempt, worker = await gangs.leased(session, member_id, actor)
    run = await runs.find(session, attempt.run_id)
    wanted = body.kind == "succeeded" or (
        body.kind in ("stopped", "cancelled") and run.desired_state != "run"
    )
    if member.ended_at is None and not wanted:
        message = f"Node {member.rank}, on worker {worker.name}: {explain(body)}"
        run = await end_attempt(session, attempt.id, body.kind, message)
    member.ended_at = member.ended_at or await clock(session)
    await session.flush()
    return await snapshot(session, run)


def explain(body: AttemptExit) -> str:
    """Return the message, or what the exit code or signal tells."""
    if body.message:
        return storable(body.message)
    if body.signal is not None:
        return f"The engine was ended by signal {body.signal}"
    return f"The engine ended with code {body.code}" if body.code else ""
