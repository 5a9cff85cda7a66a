"""Where the numbers of a run's steps are read: the one place to know how they are stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.metrics.overlay import Visible, is_visible
from server.tables import Event


class Step(NamedTuple):
    """A finished step with all its numbers."""

    attempt: int
    step: int
    metrics: dict[str, float]


async def steps(
    session: AsyncSession,
    run_id: str,
    visible: Sequence[Visible],
    first_step: int = 0,
    last_step: int | None = None,
    until_position: int | None = None,
) -> list[Step]:
    """Return the visible steps of a run in ascending order."""
    query = (
        select(Event.attempt, Event.step, Event.metrics)
        .where(
            Event.run_id == run_id,
            Event.type == "step_finished",
            Event.step >= first_step,
            is_visible(visible, Event.attempt, Event.step),
        )
        .order_by(Event.step, Event.attempt)
    )
    if last_step is not None:
        query = query.where(Event.step <= last_step)
    if until_position is not None:
        query = query.where(Event.position <= until_position)
    rows = await session.execute(query)
    return [Step(attempt, step or 0, metrics or {}) for attempt, step, metrics in rows]
