"""Finds runs that finish no step although their worker is heard of: no lease ends them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.alerts.rules import raise_alert
from server.database import UPDATE_LOCK, Database, clock, wake
from server.tables import Attempt, Run


async def find_stalled(database: Database, silence: timedelta) -> None:
    """Raise an alert for each, once, until it finishes a step again."""
    async with database.reading() as session:
        found = await _silent(session, await clock(session) - silence)
    for run_id in found:
        async with database.writing() as session:
            now = await clock(session)
            run = await session.get_one(Run, run_id, with_for_update=UPDATE_LOCK)
            # It may have finished a step since.
            if run_id in await _silent(session, now - silence):
                await _mark(session, run, now)


async def _mark(session: AsyncSession, run: Run, now: datetime) -> None:
    key = (Attempt.run_id == run.id, Attempt.number == run.attempt)
    attempt = (await session.scalars(select(Attempt).where(*key))).one()
    attempt.stalled_at = now
    run.version += 1
    silent = now - (attempt.stepped_at or now)
    message = f"{run.name} has finished no step for {silent.total_seconds() / 60:.0f} minutes"
    await session.run_sync(raise_alert, run.pipeline_id, "stalled", message, run)
    wake(session, "runs")


async def _silent(session: AsyncSession, before: datetime) -> Sequence[str]:
    """Running runs with steps whose last one is that long ago, and was not spoken of."""
    query = (
        select(Run.id)
        .join(Attempt, (Attempt.run_id == Run.id) & (Attempt.number == Run.attempt))
        .where(
            Run.state == "running",
            Run.steps.is_not(None),
            Attempt.stepped_at < before,
            Attempt.stalled_at.is_(None),
        )
    )
    return (await session.scalars(query)).all()
