from __future__ import annotations

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.tables import Attempt, Event


async def recorded(
    session: AsyncSession, run_id: str, number: int | None
) -> tuple[Attempt, Event] | None:
    """An attempt and what it told of its environment; the newest that told, without a number."""
    told = and_(Event.run_id == Attempt.run_id, Event.position == Attempt.environment_position)
    query = (
        select(Attempt, Event)
        .join(Event, told)
        .where(Attempt.run_id == run_id)
        .order_by(Attempt.number.desc())
        .limit(1)
    )
    if number is not None:
        query = query.where(Attempt.number == number)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else (row[0], row[1])
