from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.checkpoints import repository
from server.checkpoints.schemas import CheckpointSnapshot, NewCheckpoint
from server.database import clock
from server.errors import Superseded
from server.runs import repository as runs
from server.runs.service import settle
from server.runs.snapshots import columns
from server.schemas import Page
from server.workers import repository as workers
from server.workers.service import superseded


async def page(session: AsyncSession, run_id: str) -> Page[CheckpointSnapshot]:
    await runs.find(session, run_id)
    rows = await repository.page(session, run_id)
    return Page(data=[CheckpointSnapshot.model_validate(columns(row)) for row in rows])


async def make_durable(
    session: AsyncSession, attempt_id: str, body: NewCheckpoint, actor: Actor
) -> CheckpointSnapshot:
    attempt = await workers.leased(session, attempt_id, actor)
    pipeline, run = await runs.lock(session, attempt.run_id)
    await session.refresh(attempt)
    if superseded(run, attempt):
        raise Superseded(attempt.number, run.attempt)
    checkpoint = await repository.record(
        session, attempt, body.step, body.kind, body.role, body.size
    )
    now = await clock(session)
    checkpoint.location, checkpoint.manifest = body.location, body.manifest
    checkpoint.size, checkpoint.durable_at = body.size, checkpoint.durable_at or now
    run.version += 1
    # A child may have waited for just this one.
    await settle(session, pipeline, now)
    return CheckpointSnapshot.model_validate(columns(checkpoint))
