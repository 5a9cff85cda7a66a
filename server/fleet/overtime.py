"""Has runs save and end that have taken as long as they may."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.database import Database, clock, seconds_between
from server.runs import repository as runs
from server.runs.lifecycle import ACTIVE
from server.runs.service import settle
from server.tables import Attempt, Run


async def stop_overdue(database: Database) -> None:
    """Ask each run to stop whose attempts have taken its longest time together."""
    async with database.reading() as session:
        found = await _overdue(session, await clock(session))
    for run_id in found:
        async with database.writing() as session:
            pipeline, run = await runs.lock(session, run_id)
            now = await clock(session)
            # It may have ended since, or somebody may have asked for something else.
            if run_id in await _overdue(session, now):
                run.desired_state, run.out_of_time_at = "stop", now
                run.version += 1
                await settle(session, pipeline, now)


async def _overdue(session: AsyncSession, now: datetime) -> Sequence[str]:
    """Runs that go on beyond their time, counted since somebody launched or retried them."""
    spent = (
        select(func.sum(seconds_between(Attempt.claimed_at, func.coalesce(Attempt.ended_at, now))))
        .where(Attempt.run_id == Run.id, Attempt.claimed_at >= Run.queued_at)
        .scalar_subquery()
    )
    # From the attempts that go on, which are few among a hundred thousand runs.
    held = select(Attempt.run_id).where(Attempt.ended_at.is_(None))
    query = select(Run.id).where(
        Run.id.in_(held),
        Run.state.in_(ACTIVE),
        Run.max_seconds.is_not(None),
        Run.desired_state == "run",
        spent > Run.max_seconds,
    )
    return (await session.scalars(query)).all()
