from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from prism_engine.contract import events as contract
from prism_engine.contract.events import Source, StepFinished
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


def row(
    run_id: str, attempt: int, source: Source, event: contract.Event, position: int
) -> dict[str, Any]:
    """Return the columns of an event that was given this position."""
    return {
        "run_id": run_id,
        "attempt": attempt,
        "source": source,
        "seq": event.seq,
        "position": position,
        "type": event.type,
        "at": event.at,
        "step": getattr(event, "step", None),
        # A step is all in its columns but for its numbers, which have tables of their own.
        "content": None
        if isinstance(event, StepFinished)
        else event.model_dump(mode="json", exclude_none=True),
    }
