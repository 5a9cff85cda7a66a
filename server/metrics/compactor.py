"""Folds the older steps of every attempt out of the event log into chunks and pyramids.

Each transaction moves at most one block of one attempt, under the lock of its run: whoever reads
sees a point in the log or in a chunk, never in both or in neither, and a process that dies leaves
nothing half done.
"""

from __future__ import annotations

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from server.database import Database
from server.metrics import repository
from server.metrics.packing import ROWS
from server.runs import repository as runs
from server.tables import Attempt, Event

KEPT_LOOSE = 2048
"""Steps that stay in the log while an attempt lives: what streams and charts read most."""

FEWEST = 256
"""An ended attempt with fewer stays in the log: chunks of so few points would take more room."""


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


async def _foldable(session: AsyncSession) -> list[tuple[str, str]]:
    """Return (attempt, run) wherever there is something to fold."""
    alive = and_(Attempt.ended_at.is_(None), Attempt.loose_steps >= KEPT_LOOSE + ROWS)
    ended = and_(Attempt.ended_at.is_not(None), Attempt.loose_steps >= FEWEST)
    query = select(Attempt.id, Attempt.run_id).where(
        Attempt.loose_steps >= FEWEST, or_(alive, ended)
    )
    return [(attempt_id, run_id) for attempt_id, run_id in await session.execute(query)]


async def fold_block(session: AsyncSession, attempt_id: str) -> bool:
    """Fold the oldest block of an attempt if it is closed; its run is locked."""
    attempt = await session.get_one(Attempt, attempt_id, populate_existing=True)
    loose = repository.loose(attempt.run_id, attempt.number)
    span = select(func.min(Event.step), func.max(Event.step)).where(*loose)
    oldest, newest = (await session.execute(span)).one()
    if oldest is None or newest is None:
        return False
    before = (oldest // ROWS + 1) * ROWS
    if attempt.ended_at is None and newest - before < KEPT_LOOSE:
        return False
    closed = [*loose, Event.step < before]
    rows = select(Event.step, Event.metrics).where(*closed).order_by(Event.step, Event.position)
    steps = [(step or 0, metrics or {}) for step, metrics in await session.execute(rows)]
    added = repository.gather(steps, attempt.number)
    await repository.fold(session, attempt.run_id, attempt.number, added)
    await session.execute(
        update(Event).where(*closed).values(metrics=None),
        execution_options={"synchronize_session": False},
    )
    attempt.loose_steps -= len(steps)
    return True
