"""Makes guessing a password slow, by account and by address, whichever process is asked.

A try is counted before its password is checked: as many as come at once do not slip through. After
a number of failures that a person may have, each further one doubles the wait, up to a quarter of
an hour. An account from one address has few; an address, and an account from anywhere, more, so
that nobody is locked out of an account by others who fail at it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from math import ceil
from typing import NamedTuple

from sqlalchemy import delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from server.database import UPDATE_LOCK, clock
from server.errors import TooManyRequests
from server.tables import Throttle

FIRST_WAIT = timedelta(seconds=4)
LONGEST_WAIT = timedelta(minutes=15)


class Limit(NamedTuple):
    """A key under which failures are counted, and how many cost no wait."""

    key: str
    free: int


def limits(name: str, address: str) -> tuple[Limit, ...]:
    """Return what a sign-in is counted under."""
    return (
        Limit(f"pair {name} {address}", 5),
        Limit(f"address {address}", 30),
        Limit(f"name {name}", 100),
    )


async def admit(session: AsyncSession, counted: Iterable[Limit]) -> None:
    """Count a try as a failure, which it is until it is forgiven.

    Raises:
        TooManyRequests: one of the counts demands a wait.
    """
    now = await clock(session)
    # One after another in the order of their keys, so that no two sign-ins wait for each other.
    rows = [(limit, await _row(session, limit.key, now)) for limit in sorted(counted)]
    waits = [row.blocked_until - now for _, row in rows if row.blocked_until]
    if (longest := max(waits, default=timedelta(0))) > timedelta(0):
        raise TooManyRequests(ceil(longest.total_seconds()))
    for limit, row in rows:
        row.failures = 1 if now - row.failed_at > LONGEST_WAIT else row.failures + 1
        row.failed_at = now
        row.blocked_until = _blocked_until(row.failures - limit.free, now)


async def forgive(session: AsyncSession, counted: Iterable[Limit]) -> None:
    """Take back the try that `admit` counted; the account's own count from here begins anew."""
    for limit in sorted(counted):
        if limit.key.startswith("pair "):
            await session.execute(delete(Throttle).where(Throttle.key == limit.key))
        else:
            query = update(Throttle).where(Throttle.key == limit.key, Throttle.failures > 0)
            await session.execute(query.values(failures=Throttle.failures - 1, blocked_until=None))


def _blocked_until(beyond: int, now: datetime) -> datetime | None:
    if beyond < 0:
        return None
    doubled: int = 2 ** min(beyond, 20)
    return now + min(FIRST_WAIT * doubled, LONGEST_WAIT)


async def _row(session: AsyncSession, key: str, now: datetime) -> Throttle:
    """Return the key's row, locked until the commit."""
    new = {"key": key, "failures": 0, "failed_at": now}
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    await session.execute(dialect.insert(Throttle).values(new).on_conflict_do_nothing())
    return await session.get_one(Throttle, key, with_for_update=UPDATE_LOCK, populate_existing=True)
