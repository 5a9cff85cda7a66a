"""Folds the older steps of every attempt out of its tail into chunks and pyramids.

Each transaction moves at most one block of one attempt, under the lock of its run: whoever reads
sees a point in the tail or in a chunk, never in both or in neither, and a process that dies leaves
nothing half done.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.database import Database
from server.metrics import chunks, tail
from server.metrics.packing import LEVELS, block_width
from server.runs import repository as runs
from server.tables import Attempt, MetricLatest, MetricTail

KEPT_LOOSE = 1024
"""Steps that stay in the tail while an attempt lives: what streams and charts read most."""

FEWEST = 64
"""An ended attempt with fewer stays in the tail: chunks of so few points would take more room."""


async def compact(database: Database) -> None:
    """Fold what can be folded."""
    async with database.reading() as session:
        attempts = await _foldable(session)
    for attempt_id, run_id in attempts:
        folding = True
        while folding:
            async with database.writing(patient=True) as session:
                await runs.lock_alone(session, run_id)
                folding = await fold_block(session, attempt_id)
    if attempts:
        await database.free_dead_rows(MetricTail, MetricLatest)


async def lag(session: AsyncSession) -> int:
    """Count the steps that could be in chunks and are not yet."""
    query = select(func.coalesce(func.sum(Attempt.loose_steps), 0)).where(_is_foldable())
    return int((await session.execute(query)).scalar_one())


async def _foldable(session: AsyncSession) -> list[tuple[str, str]]:
    """Return (attempt, run) wherever there is something to fold."""
    query = select(Attempt.id, Attempt.run_id).where(_is_foldable())
    return [(attempt_id, run_id) for attempt_id, run_id in await session.execute(query)]


def _is_foldable() -> ColumnElement[bool]:
    enough = KEPT_LOOSE + block_width(LEVELS[0])
    alive = and_(Attempt.ended_at.is_(None), Attempt.loose_steps >= enough)
    ended = and_(Attempt.ended_at.is_not(None), Attempt.loose_steps >= FEWEST)
    return and_(Attempt.loose_steps >= FEWEST, or_(alive, ended))


async def fold_block(session: AsyncSession, attempt_id: str) -> bool:
    """Fold the oldest block of an attempt if it is closed; its run is locked."""
    attempt = await session.get_one(Attempt, attempt_id, populate_existing=True)
    place = (session, attempt.run_id, attempt.number)
    span = await tail.span(*place)
    if span is None:
        return False
    oldest, newest = span
    # As many steps as fill a block of sums: those of the lowest level, which are the most, are then
    # written once and not again with every block of points.
    width = block_width(LEVELS[0])
    before = (oldest // width + 1) * width
    if attempt.ended_at is None and newest - before < KEPT_LOOSE:
        return False
    points, steps = await tail.take(*place, before)
    await chunks.fold(*place, points)
    attempt.loose_steps -= steps
    return True
