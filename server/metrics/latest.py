"""Keeps `metric_latest`, the sums that lists read, in step with the events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from prism_engine.contract.events import StepFinished
from server.metrics import repository
from server.metrics.overlay import visible_attempts
from server.metrics.repository import Step
from server.tables import Attempt, MetricLatest


async def record_steps(
    session: AsyncSession, attempt: Attempt, events: Sequence[StepFinished]
) -> None:
    """Take new steps of an attempt into account.

    Their events are stored already, and the run's row is locked.
    """
    steps = [Step(attempt.number, event.step, event.metrics) for event in events]
    if attempt.first_step is None:
        attempt.first_step = min(step.step for step in steps)
        await session.flush()
        await _fold(session, attempt)
    else:
        await _add(session, attempt.run_id, attempt.number, steps)
    newer = select(Attempt).where(
        Attempt.run_id == attempt.run_id,
        Attempt.number > attempt.number,
        Attempt.first_step.is_not(None),
    )
    for later in await session.scalars(newer):
        # Late news of an older attempt: what a newer one built upon has changed.
        await _fold(session, later)


async def _fold(session: AsyncSession, attempt: Attempt) -> None:
    """Sum up anew what is visible as of this attempt."""
    await session.execute(
        delete(MetricLatest).where(
            MetricLatest.run_id == attempt.run_id, MetricLatest.attempt == attempt.number
        )
    )
    visible = await visible_attempts(session, attempt.run_id, attempt.number)
    steps = await repository.steps(session, attempt.run_id, visible)
    await _add(session, attempt.run_id, attempt.number, steps)


async def _add(session: AsyncSession, run_id: str, attempt: int, steps: Iterable[Step]) -> None:
    query = select(MetricLatest).where(
        MetricLatest.run_id == run_id, MetricLatest.attempt == attempt
    )
    rows = {row.name: row for row in await session.scalars(query)}
    for step in steps:
        for name, value in step.metrics.items():
            row = rows.get(name)
            if row is None:
                row = rows[name] = MetricLatest(
                    run_id=run_id, attempt=attempt, name=name, step=step.step, last=value,
                    minimum=value, maximum=value, count=0,
                )  # fmt: skip
                session.add(row)
            if step.step >= row.step:
                row.step, row.last = step.step, value
            row.minimum, row.maximum = min(row.minimum, value), max(row.maximum, value)
            row.count += 1
    await session.flush()
