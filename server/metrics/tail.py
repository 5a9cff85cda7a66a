"""The newest steps of an attempt, which are in no chunk yet: a row for those that came together.

They are read and written as they came, and the compactor takes whole rows away, so that the room
they took is free again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Row, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.database import insert_many
from server.metrics.curves import Curves, Integers, Numbers, points
from server.tables import MetricTail


@dataclass(frozen=True)
class Steps:
    """N steps that came together, with M metrics."""

    names: tuple[str, ...]
    steps: Integers  # (N,) ascending; of equal ones the later is newer
    values: Numbers  # (M, N) NaN where a step has no such number

    def __len__(self) -> int:
        return len(self.steps)

    def since(self, step: int) -> Steps:
        """Return the part from a step on."""
        start = int(np.searchsorted(self.steps, step))
        return Steps(self.names, self.steps[start:], self.values[:, start:])


def together(steps: Iterable[tuple[int, Mapping[str, float]]]) -> Steps:
    """Return steps as a table."""
    ordered = sorted(steps, key=lambda step: step[0])
    numbers = [metrics for _, metrics in ordered]
    names = tuple(numbers[0])
    if all(tuple(metrics) == names for metrics in numbers):
        rows = [list(metrics.values()) for metrics in numbers]
    else:
        names = tuple(dict.fromkeys(name for metrics in numbers for name in metrics))
        rows = [[metrics.get(name, np.nan) for name in names] for metrics in numbers]
    table = np.array(rows, np.float64).reshape(len(ordered), len(names)).T
    return Steps(names, np.array([step for step, _ in ordered], np.int64), table)


async def add(
    session: AsyncSession, run_id: str, attempt: int, position: int, steps: Steps
) -> None:
    """Store steps of which the first stands at this position of the run's history."""
    await insert_many(session, MetricTail, [row(run_id, attempt, position, steps)])


def row(run_id: str, attempt: int, position: int, steps: Steps) -> dict[str, Any]:
    """Return the columns of steps that came together."""
    return {
        "run_id": run_id,
        "attempt": attempt,
        "position": position,
        "first_step": int(steps.steps[0]),
        "last_step": int(steps.steps[-1]),
        "names": "\n".join(steps.names),
        "content": steps.steps.astype("<i4").tobytes() + steps.values.astype("<f8").tobytes(),
    }


async def span(session: AsyncSession, run_id: str, attempt: int) -> tuple[int, int] | None:
    """Return the oldest and the newest step; None if there is none."""
    mine = select(MetricTail.first_step, MetricTail.last_step).where(
        MetricTail.run_id == run_id, MetricTail.attempt == attempt
    )
    rows = (await session.execute(mine)).all()
    return (min(first for first, _ in rows), max(last for _, last in rows)) if rows else None


async def take(session: AsyncSession, run_id: str, attempt: int, before: int) -> tuple[Curves, int]:
    """Remove the steps before another; return their points and how many steps they were."""
    rows = await _rows(session, run_id, attempt, before)
    found = unpack([(row.names, row.content) for row in rows], None, attempt)
    taken = sum(len(_steps(row)) for row in rows)
    key = MetricTail.run_id == run_id, MetricTail.attempt == attempt
    await session.execute(delete(MetricTail).where(*key, MetricTail.first_step < before))
    for row in rows:
        rest = _steps(row).since(before)
        if len(rest):
            taken -= len(rest)
            await add(session, run_id, attempt, row.position, rest)
    return {name: curve.between(0, before) for name, curve in found.items()}, taken


async def _rows(
    session: AsyncSession, run_id: str, attempt: int, before: int
) -> Sequence[Row[int, str, bytes]]:
    query = (
        select(MetricTail.position, MetricTail.names, MetricTail.content)
        .where(
            MetricTail.run_id == run_id,
            MetricTail.attempt == attempt,
            MetricTail.first_step < before,
        )
        .order_by(MetricTail.position)
    )
    return (await session.execute(query)).all()


def _steps(row: Row[int, str, bytes]) -> Steps:
    names = tuple(row.names.split("\n")) if row.names else ()
    count = _count(len(names), len(row.content))
    values = np.frombuffer(row.content, "<f8", len(names) * count, offset=4 * count)
    steps = np.frombuffer(row.content, "<i4", count).astype(np.int64)
    return Steps(names, steps, values.reshape(len(names), count))


def _count(names: int, length: int) -> int:
    return length // (4 + 8 * names)


def unpack(
    rows: Sequence[tuple[str, bytes]], wanted: Collection[str] | None, attempt: int
) -> Curves:
    """Return the points of rows (names, content), which are in order of position.

    Rows of the same names and length are read in one go: there may be thousands of a step each.
    """
    alike = defaultdict[tuple[str, int], list[int]](list)
    for place, (joined, content) in enumerate(rows):
        alike[joined, len(content)].append(place)
    parts = defaultdict[str, list[tuple[Integers, Integers, Numbers]]](list)
    for (joined, length), places in alike.items():
        names = joined.split("\n") if joined else []
        count = _count(len(names), length)
        packed = np.frombuffer(b"".join(rows[place][1] for place in places), np.uint8)
        table = packed.reshape(len(places), length)
        order = np.repeat(places, count)
        steps = _column(table, 0, count, "<i4").astype(np.int64)
        for number, name in enumerate(names):
            if wanted is None or name in wanted:
                values = _column(table, (4 + 8 * number) * count, count, "<f8")
                there = ~np.isnan(values)
                parts[name].append((order[there], steps[there], values[there]))
    found: Curves = {}
    for name, of_name in parts.items():
        order, steps, values = map(np.concatenate, zip(*of_name, strict=True))
        ascending = np.lexsort((order, steps))
        found[name] = points(steps[ascending], values[ascending], attempt)
    return found


def _column(table: Any, start: int, count: int, kind: str) -> Any:
    size = np.dtype(kind).itemsize * count
    return np.ascontiguousarray(table[:, start : start + size]).view(kind).reshape(-1)
