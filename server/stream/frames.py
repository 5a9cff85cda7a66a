"""Rows of a run's history into the data of server-sent events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.events import repository as events
from server.metrics.repository import metrics_of
from server.runs.schemas import LogLine
from server.runs.snapshots import columns
from server.signals import Told
from server.stream.schemas import (
    BenchmarkFrame,
    LogsFrame,
    MetricsFrame,
    SamplesFrame,
    StreamPoint,
)
from server.tables import Attempt, Event
from server.tables import LogLine as LogLineRow

KINDS = {
    "step_finished": "metrics",
    "samples_drawn": "samples",
    "log": "logs",
    "output": "logs",
    "benchmark_scored": "benchmark",
}
"""The SSE event that tells of each event; the others are told by the run's snapshot."""

MOST_ROWS = 5000
"""A client that is further behind is told to fetch anew."""


class Frame(NamedTuple):
    """One server-sent event without its id: serialised once, sent to many."""

    topic: str
    kind: str
    data: bytes
    first: int
    last: int
    """The positions that it covers; 0 for a snapshot, which covers none."""

    def wire(self, cursor: str) -> bytes:
        """Return it as it goes over the wire; its id is the cursor behind it."""
        return f"id: {cursor}\nevent: {self.kind}\ndata: ".encode() + self.data + b"\n\n"


def frame_of(topic: str, kind: str, content: BaseModel, first: int = 0, last: int = 0) -> Frame:
    """Serialise what is told of these positions, or a snapshot, which replaces an earlier one."""
    return Frame(topic, kind, content.model_dump_json().encode(), first, last)


def told_frames(told: Sequence[Told]) -> list[Frame]:
    """Return the frames of steps that follow each other in a run's history."""
    frames = []
    for (attempt, first_step), group in groupby(told, lambda one: (one.attempt, one.first_step)):
        members = list(group)
        run_id = members[0].run_id
        content = MetricsFrame(
            run_id=run_id,
            attempt=attempt,
            first_step=first_step,
            points=[
                StreamPoint(step=step, metrics=metrics)
                for one in members
                for step, metrics in one.points
            ],
        )
        place = (members[0].first, members[-1].last)
        frames.append(frame_of(f"run:{run_id}", "metrics", content, *place))
    return frames


async def history(session: AsyncSession, run_id: str, after: int, until: int) -> list[Frame] | None:
    """Return the frames of the positions after one and up to another; None if they are too many.

    Neighbouring rows of a kind share a frame, and frames follow each other in order of position:
    whoever has seen a frame has seen everything up to its last position, and nothing beyond it.
    """
    if until - after > MOST_ROWS:
        return None
    rows = await events.page(session, run_id, after, MOST_ROWS, until=until)
    query = select(Attempt.number, Attempt.first_step).where(Attempt.run_id == run_id)
    first_steps = {number: step or 0 for number, step in await session.execute(query)}
    frames = []
    first = after + 1
    for (kind, attempt), group in groupby(rows, lambda r: (KINDS.get(r.type), r.attempt)):
        members = list(group)
        if kind is None:
            continue
        last = members[-1].position
        content = await _content(session, run_id, kind, members, first_steps[attempt])
        frames += [frame_of(f"run:{run_id}", kind, part, first, last) for part in content]
        first = last + 1
    return frames


async def _content(
    session: AsyncSession, run_id: str, kind: str, rows: Sequence[Event], first_step: int
) -> Iterable[BaseModel]:
    if kind == "metrics":
        numbers = await metrics_of(session, rows)
        points = [
            StreamPoint(step=row.step or 0, metrics=metrics)
            for row, metrics in zip(rows, numbers, strict=True)
        ]
        return [
            MetricsFrame(
                run_id=run_id, attempt=rows[0].attempt, first_step=first_step, points=points
            )
        ]
    if kind == "logs":
        return [LogsFrame(run_id=run_id, lines=await _lines(session, run_id, rows))]
    if kind == "samples":
        return [SamplesFrame(run_id=run_id, step=rows[-1].step or 0)]
    return [BenchmarkFrame(run_id=run_id)]


async def _lines(session: AsyncSession, run_id: str, rows: Sequence[Event]) -> list[LogLine]:
    query = (
        select(LogLineRow)
        .where(
            LogLineRow.run_id == run_id,
            LogLineRow.position.between(rows[0].position, rows[-1].position),
        )
        .order_by(LogLineRow.number)
    )
    return [LogLine.model_validate(columns(row)) for row in await session.scalars(query)]
