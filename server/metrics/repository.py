"""Where the numbers of a run's steps lie: the one place to know how they are stored.

The newest steps stand loose in the event log. The compactor folds older ones into chunks of points
and a pyramid of sums, and takes them out of the log in the same transaction: every point is in
exactly one of the two.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, String, delete, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.metrics.curves import Curve, join, points, sum_up
from server.metrics.overlay import Visible
from server.metrics.packing import (
    LEVELS,
    ROWS,
    pack_points,
    pack_sums,
    unpack_points,
    unpack_sums,
)
from server.tables import Event, MetricChunk, MetricPyramid

Curves = dict[str, Curve]
Names = Collection[str] | None
"""Of which metrics; None means all."""


async def curves(
    session: AsyncSession,
    run_id: str,
    visible: Sequence[Visible],
    names: Names = None,
    first_step: int = 0,
    last_step: int | None = None,
    level: int = 1,
) -> Curves:
    """Return the visible curves, as points or as sums of at most `level` steps.

    A sum never reaches over what was asked for: at its borders there are points.
    """
    parts: list[Curves] = []
    for attempt, replaced in visible:
        after_last = None if last_step is None else last_step + 1
        before = min((end for end in (replaced, after_last) if end is not None), default=None)
        parts += [
            await _folded(session, run_id, attempt, names, first_step, before, level),
            await _loose(session, run_id, attempt, names, first_step, before),
        ]
    return _joined(parts)


async def _folded(
    session: AsyncSession,
    run_id: str,
    attempt: int,
    names: Names,
    first: int,
    before: int | None,
    level: int,
) -> Curves:
    """Return what is in chunks, read from a level of the pyramid as far as that is whole."""
    if level == 1:
        return await chunks(session, run_id, attempt, names, first, before)
    start = -(-first // level) * level
    end = None if before is None else before // level * level
    if end is not None and end <= start:
        return await chunks(session, run_id, attempt, names, first, before)
    found = [await _sums(session, run_id, attempt, names, start, end, level)]
    if first < start:
        found.append(await chunks(session, run_id, attempt, names, first, start))
    if before is not None and end is not None and end < before:
        found.append(await chunks(session, run_id, attempt, names, end, before))
    return _joined(found)


async def chunks(
    session: AsyncSession,
    run_id: str,
    attempt: int,
    names: Names,
    first: int,
    before: int | None,
) -> Curves:
    """Return the folded points from a step on and before another."""
    query = (
        select(MetricChunk.name, MetricChunk.points)
        .where(
            MetricChunk.run_id == run_id,
            MetricChunk.attempt == attempt,
            *_reach_into(MetricChunk, names, first, before, ROWS),
        )
        .order_by(MetricChunk.block)
    )
    return _joined(
        {name: unpack_points(content, attempt).between(first, before)}
        for name, content in await session.execute(query)
    )


async def _sums(
    session: AsyncSession,
    run_id: str,
    attempt: int,
    names: Names,
    first: int,
    before: int | None,
    level: int,
) -> Curves:
    query = (
        select(MetricPyramid.name, MetricPyramid.sums)
        .where(
            MetricPyramid.run_id == run_id,
            MetricPyramid.attempt == attempt,
            MetricPyramid.level == level,
            *_reach_into(MetricPyramid, names, first, before, level * ROWS),
        )
        .order_by(MetricPyramid.block)
    )
    return _joined(
        {name: unpack_sums(content, attempt).between(first, before)}
        for name, content in await session.execute(query)
    )


def _reach_into(
    table: type[MetricChunk | MetricPyramid],
    names: Names,
    first: int,
    before: int | None,
    width: int,
) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions that a block of `width` steps holds some of what is asked for."""
    yield table.block >= first // width
    if before is not None:
        yield table.block <= (before - 1) // width
    if names is not None:
        yield table.name.in_(names)


async def _loose(
    session: AsyncSession,
    run_id: str,
    attempt: int,
    names: Names,
    first: int,
    before: int | None,
) -> Curves:
    """Return what stands in the event log."""
    # Of many metrics only those that are asked for leave the database, each as JSON, which keeps
    # every bit of a number.
    wanted = None if names is None else sorted(names)
    columns: list[ColumnElement[Any]] = [Event.metrics.expression]
    if wanted is not None:
        find = Event.metrics.op("->", return_type=Event.metrics.type)
        columns = [find(literal(name, String())) for name in wanted]
    query = (
        select(Event.step, *columns)
        .where(*loose(run_id, attempt), Event.step >= first)
        .order_by(Event.step, Event.position)
    )
    if before is not None:
        query = query.where(Event.step < before)
    rows = (await session.execute(query)).all()
    if wanted is None:
        return gather(((step or 0, metrics or {}) for step, metrics in rows), attempt)
    named = ((step, zip(wanted, values, strict=True)) for step, *values in rows)
    return gather(
        ((step or 0, {n: v for n, v in pairs if v is not None}) for step, pairs in named), attempt
    )


def loose(run_id: str, attempt: int) -> list[ColumnElement[bool]]:
    """Return the conditions that an event's metrics are of this attempt and in no chunk."""
    return [Event.run_id == run_id, Event.attempt == attempt, Event.metrics.is_not(None)]


def gather(steps: Iterable[tuple[int, Mapping[str, float]]], attempt: int) -> Curves:
    """Return the curves of steps, which ascend."""
    found = defaultdict[str, tuple[list[int], list[float]]](lambda: ([], []))
    for step, metrics in steps:
        for name, value in metrics.items():
            at, values = found[name]
            at.append(step)
            values.append(value)
    return {
        name: points(np.array(at, np.int64), np.array(values, np.float64), attempt)
        for name, (at, values) in found.items()
    }


def _joined(found: Iterable[Curves]) -> Curves:
    parts = defaultdict[str, list[Curve]](list)
    for curves_ in found:
        for name, curve in curves_.items():
            if len(curve):
                parts[name].append(curve)
    return {name: join(of_name) for name, of_name in parts.items()}


async def fold(session: AsyncSession, run_id: str, attempt: int, added: Curves) -> None:
    """Add points to the chunks and to the pyramid. The run's row is locked."""
    for block in _blocks(added, ROWS):
        await _fold_points(session, run_id, attempt, block, _within(added, block, ROWS))
    for level in LEVELS:
        sums = {name: sum_up(curve, level) for name, curve in added.items()}
        for block in _blocks(sums, level * ROWS):
            within = _within(sums, block, level * ROWS)
            await _fold_sums(session, run_id, attempt, level, block, within)


def _blocks(curves_: Curves, width: int) -> list[int]:
    found = [np.unique(curve.steps // width) for curve in curves_.values()]
    return [int(block) for block in np.unique(np.concatenate(found))] if found else []


def _within(curves_: Curves, block: int, width: int) -> Curves:
    return _joined(
        {name: c.between(block * width, (block + 1) * width)} for name, c in curves_.items()
    )


async def _fold_points(
    session: AsyncSession, run_id: str, attempt: int, block: int, added: Curves
) -> None:
    known = await chunks(session, run_id, attempt, list(added), block * ROWS, (block + 1) * ROWS)
    key = {"run_id": run_id, "attempt": attempt, "block": block}
    await session.execute(delete(MetricChunk).filter_by(**key).where(MetricChunk.name.in_(known)))
    whole = _joined([known, added])
    rows = [key | {"name": name, "points": pack_points(curve)} for name, curve in whole.items()]
    await session.execute(insert(MetricChunk), rows)


async def _fold_sums(
    session: AsyncSession, run_id: str, attempt: int, level: int, block: int, added: Curves
) -> None:
    width = level * ROWS
    first, before = block * width, (block + 1) * width
    known = await _sums(session, run_id, attempt, list(added), first, before, level)
    key = {"run_id": run_id, "attempt": attempt, "level": level, "block": block}
    await session.execute(
        delete(MetricPyramid).filter_by(**key).where(MetricPyramid.name.in_(known))
    )
    whole = _joined([known, added])
    rows = [
        key | {"name": name, "sums": pack_sums(sum_up(curve, level))}
        for name, curve in whole.items()
    ]
    await session.execute(insert(MetricPyramid), rows)


async def restored(session: AsyncSession, events: Sequence[Event]) -> list[dict[str, float]]:
    """Return the metrics of each event, of folded ones from their chunks."""
    folded = defaultdict[int, set[int]](set)
    for event in events:
        if event.type == "step_finished" and event.metrics is None and event.step is not None:
            folded[event.attempt].add(event.step)
    found = defaultdict[tuple[int, int], dict[str, float]](dict)
    for attempt, steps in folded.items():
        run_id = events[0].run_id
        span = await chunks(session, run_id, attempt, None, min(steps), max(steps) + 1)
        for name, curve in span.items():
            for step, value in zip(curve.steps.tolist(), curve.last.tolist(), strict=True):
                found[attempt, step][name] = value
    return [
        found[event.attempt, event.step or 0] if event.metrics is None else event.metrics
        for event in events
    ]
