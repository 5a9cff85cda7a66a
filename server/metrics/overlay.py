"""Which steps of which attempt count: a resumed attempt replaces from its first step on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from server.tables import Attempt


class Visible(NamedTuple):
    """Steps of an attempt that no later attempt replaces; `before` is None for the newest."""

    attempt: int
    before: int | None


def overlay(first_steps: Sequence[tuple[int, int]]) -> list[Visible]:
    """Return what of each attempt is visible, oldest first.

    Args:
        first_steps: (attempt, its first finished step) of every attempt that finished any.
    """
    visible: list[Visible] = []
    before: int | None = None
    for attempt, first_step in sorted(first_steps, reverse=True):
        visible.append(Visible(attempt, before))
        before = first_step if before is None else min(before, first_step)
    return visible[::-1]


async def visible_attempts(
    session: AsyncSession, run_id: str, until_attempt: int | None = None
) -> list[Visible]:
    """Return what is visible of a run's attempts, or was when one of them was the newest."""
    query = select(Attempt.number, Attempt.first_step).where(
        Attempt.run_id == run_id, Attempt.first_step.is_not(None)
    )
    if until_attempt is not None:
        query = query.where(Attempt.number <= until_attempt)
    rows = (await session.execute(query)).all()
    return overlay([(number, step) for number, step in rows if step is not None])


def is_visible(
    visible: Sequence[Visible],
    attempt: InstrumentedAttribute[int],
    step: InstrumentedAttribute[int] | InstrumentedAttribute[int | None],
) -> ColumnElement[bool]:
    """Return the condition that a row is of a visible step."""
    parts = [
        and_(attempt == part.attempt, step < part.before)
        if part.before is not None
        else attempt == part.attempt
        for part in visible
    ]
    return or_(false(), *parts)
