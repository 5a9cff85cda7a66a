from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from prism_engine.contract.events import Source
from server.tables import Event


async def page(
    session: AsyncSession,
    run_id: str,
    after: int,
    limit: int,
    source: Source | None = None,
    until: int | None = None,
) -> Sequence[Event]:
    """Events after a position, in order of position."""
    query = (
        select(Event)
        .where(Event.run_id == run_id, Event.position > after)
        .order_by(Event.position)
        .limit(limit)
    )
    if source:
        query = query.where(Event.source == source)
    if until is not None:
        query = query.where(Event.position <= until)
    return (await session.scalars(query)).all()
