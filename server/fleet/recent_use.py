"""What projects have used of the fleet of late, by which they share it.

A week may hold a hundred thousand attempts. Those that ended some time ago change no more: a
process adds them up now and then, and looks each time only at those that go on or ended since.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.ext.asyncio import AsyncSession

from server.database import seconds_between
from server.tables import Attempt, Pipeline, Run

RECENT = timedelta(days=7)
"""So long the use of slots counts when projects share them."""

SETTLED_AFTER = timedelta(minutes=1)
"""No transaction takes so long: an end of that age is committed, if it ever is."""

ADDED_UP_EVERY = timedelta(minutes=10)
"""By so much the week may be too long."""

Used = dict[tuple[str, str], float]
"""Time in slots (s) times their GPUs, by project and queue."""


class Settled(NamedTuple):
    """What the attempts used that had ended by a moment."""

    until: datetime
    used: Used


_SETTLED: WeakKeyDictionary[Engine | Connection, Settled] = WeakKeyDictionary()
"""By the database that was asked."""


async def recently_used(session: AsyncSession, now: datetime) -> defaultdict[str, dict[str, float]]:
    """Time in slots times their GPUs, by project and queue; a slot without any counts as one."""
    until, settled = await _settled(session, now)
    fresh = or_(Attempt.ended_at.is_(None), Attempt.ended_at > until)
    used = defaultdict[str, dict[str, float]](lambda: defaultdict(float))
    for part in (settled, await _used(session, fresh, now)):
        for (project_id, queue), seconds in part.items():
            used[project_id][queue] += seconds
    return used


async def _settled(session: AsyncSession, now: datetime) -> Settled:
    database = session.get_bind()
    known = _SETTLED.get(database)
    if known is None or now - known.until > ADDED_UP_EVERY:
        until = now - SETTLED_AFTER
        ended = Attempt.ended_at.between(now - RECENT, until)
        known = _SETTLED[database] = Settled(until, await _used(session, ended, now))
    return known


async def _used(session: AsyncSession, which: ColumnElement[bool], now: datetime) -> Used:
    seconds = seconds_held(now - RECENT, now)
    weight = func.coalesce(func.nullif(Attempt.gpus, 0), 1)
    query = (
        select(Pipeline.project_id, Run.queue, func.sum(seconds * weight))
        .select_from(Attempt)
        .join(Run, Run.id == Attempt.run_id)
        .join(Pipeline, Pipeline.id == Run.pipeline_id)
        # What was imported was executed by somebody else.
        .where(Attempt.worker_id.is_not(None), which)
        .group_by(Pipeline.project_id, Run.queue)
    )
    rows = await session.execute(query)
    return {(project_id, queue): total for project_id, queue, total in rows}


def seconds_held(since: datetime, now: datetime) -> ColumnElement[float]:
    """How long an attempt has held its slot since a moment."""
    began = case((Attempt.claimed_at > since, Attempt.claimed_at), else_=since)
    return seconds_between(began, func.coalesce(Attempt.ended_at, now))
