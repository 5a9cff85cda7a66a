from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import generate_latest
from sqlalchemy import func, select

from server.database import clock
from server.metrics.compactor import lag
from server.storage.disk import disk_of
from server.tables import Run

if TYPE_CHECKING:
    from server.parts import Parts


async def exposition(parts: Parts) -> bytes:
    """Return everything in Prometheus's text format."""
    meters = parts.meters
    async with parts.database.reading() as session:
        states = await session.execute(select(Run.state, func.count()).group_by(Run.state))
        waiting = select(Run.queue, func.min(Run.queued_at)).where(Run.state == "queued")
        oldest = (await session.execute(waiting.group_by(Run.queue))).all()
        now = await clock(session)
        meters.compactor_lag.set(await lag(session))
    # A state or queue that has no run any more has no figure either.
    meters.runs.clear()
    for state, number in states:
        meters.runs.labels(state).set(number)
    meters.queue_wait.clear()
    for queue, since in oldest:
        if since is not None:
            meters.queue_wait.labels(queue).set((now - since).total_seconds())
    meters.streams.set(parts.hub.watching)
    disk = disk_of(parts.settings)
    meters.disk_free.set(disk.free)
    meters.disk_total.set(disk.total)
    return generate_latest(meters.registry)
