"""Keeps `metric_latest`, the sums that lists read, in step with the events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import and_, bindparam, case, delete, func, select
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.ext.asyncio import AsyncSession

from server.database import insert_many
from server.errors import NotFound
from server.metrics import repository
from server.metrics.curves import sum_up
from server.metrics.overlay import Visible, overlay, visible_attempts
from server.metrics.packing import LEVELS
from server.metrics.tail import Steps
from server.tables import Attempt, MetricLatest, Run

EVERYTHING = 2**31
"""More steps than there can be: all of a curve in one sum."""


class Head(NamedTuple):
    """How far a run has come."""

    position: int
    """In its history."""
    step: int
    """The last of any curve; 0 if it has none."""
    visible: list[Visible]
    """Its attempts."""


_NEWEST_STEP = select(func.max(MetricLatest.step)).where(MetricLatest.run_id == Run.id)
_HEAD = (
    select(
        Run.stream_position,
        _NEWEST_STEP.scalar_subquery().label("step"),
        Attempt.number,
        Attempt.first_step,
    )
    .outerjoin(Attempt, and_(Attempt.run_id == Run.id, Attempt.first_step.is_not(None)))
    .where(Run.id == bindparam("run_id"))
)


async def head(session: AsyncSession, run_id: str) -> Head:
    """Return how far a run has come. Raises `NotFound` if there is no such run."""
    connection = await session.connection()
    rows = (await connection.execute(_HEAD, {"run_id": run_id})).all()
    if not rows:
        raise NotFound("run", run_id)
    attempts = [(row.number, row.first_step) for row in rows if row.number is not None]
    return Head(rows[0].stream_position, rows[0].step or 0, overlay(attempts))


async def measured(session: AsyncSession, name: str) -> bool:
    """Whether any run has such a metric; imported ones bring names that nobody declared."""
    query = select(MetricLatest.run_id).where(MetricLatest.name == name).limit(1)
    return (await session.scalar(query)) is not None


async def record_steps(session: AsyncSession, run: Run, attempt: Attempt, steps: Steps) -> None:
    """Take new steps of an attempt into account.

    They are in its tail already, and the run's row is locked.
    """
    begins = attempt.first_step is None
    if begins:
        attempt.first_step = int(steps.steps[0])
    if begins or attempt.number != run.attempt:
        # An attempt replaces steps of those before it, and late news changes what it built upon.
        await session.flush()
        await _sum_up_anew(session, run.id)
    else:
        await add(session, sums(run.id, steps))


async def _sum_up_anew(session: AsyncSession, run_id: str) -> None:
    await session.execute(delete(MetricLatest).where(MetricLatest.run_id == run_id))
    visible = await visible_attempts(session, run_id)
    found = await repository.curves(session, run_id, visible, level=LEVELS[-1])
    rows = []
    for name, curve in found.items():
        whole = sum_up(curve, EVERYTHING)
        rows.append(
            {
                "run_id": run_id,
                "name": name,
                "step": int(whole.steps[0]),
                "last": float(whole.last[0]),
                "minimum": float(whole.minimum[0]),
                "maximum": float(whole.maximum[0]),
                "count": int(whole.count[0]),
            }
        )
    await add(session, rows)


def sums(run_id: str, steps: Steps) -> list[dict[str, Any]]:
    """Return what steps add up to, a row for each metric."""
    there = ~np.isnan(steps.values)
    newest = len(steps) - 1 - np.argmax(there[:, ::-1], axis=1)
    columns = (
        steps.steps[newest],
        steps.values[np.arange(len(steps.names)), newest],
        np.fmin.reduce(steps.values, axis=1),
        np.fmax.reduce(steps.values, axis=1),
        there.sum(axis=1),
    )
    rows = zip(steps.names, *(column.tolist() for column in columns), strict=True)
    names = ("name", "step", "last", "minimum", "maximum", "count")
    return [{"run_id": run_id, **dict(zip(names, row, strict=True))} for row in rows]


async def add(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Add sums to those that are there, each in one statement."""
    if rows:
        await insert_many(session, MetricLatest, rows, _add_up)


def _add_up(insert: Insert) -> Insert:
    new = insert.excluded
    newer = new.step >= MetricLatest.step
    return insert.on_conflict_do_update(
        index_elements=["run_id", "name"],
        set_={
            "step": case((newer, new.step), else_=MetricLatest.step),
            "last": case((newer, new.last), else_=MetricLatest.last),
            "minimum": case(
                (new.minimum < MetricLatest.minimum, new.minimum), else_=MetricLatest.minimum
            ),
            "maximum": case(
                (new.maximum > MetricLatest.maximum, new.maximum), else_=MetricLatest.maximum
            ),
            "count": MetricLatest.count + new.count,
        },
    )
