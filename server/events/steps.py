"""Steps of many attempts at once: nearly all that workers send is made of them.

The next steps of a run's newest attempt change numbers only, and are written without an object for
each row. What a batch may be besides, `server.events.service` knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from sqlalchemy import Row, TableClause, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from prism_engine.contract.events import StepFinished
from server.database import insert_many, pipelined, tell, wake
from server.events import repository
from server.events.reading import UnreadableEvent, read_event
from server.events.schemas import Acknowledgement, EventBatch, NextSequence
from server.metrics import latest, tail
from server.signals import Told
from server.tables import Attempt, Event, MetricTail, Run, Worker

Head = Row[*tuple[Any, ...]]
"""How far an attempt and its run have come: the columns of `_HEADS`."""


class Batch(NamedTuple):
    """What was sent for an attempt, and the id of the token that it was sent with."""

    attempt_id: str
    token_id: str
    events: Sequence[dict[str, Any]]


class News(NamedTuple):
    """The next steps of an attempt that stands at `head`."""

    head: Head
    events: Sequence[StepFinished]
    steps: tail.Steps

    @property
    def first(self) -> int:
        """The position in the run's history that the first of them gets."""
        return int(self.head.stream_position) + 1

    @property
    def last(self) -> int:
        return int(self.head.stream_position) + len(self.events)


def only_steps(batch: EventBatch) -> bool:
    """Whether a batch is of steps and nothing else."""
    sent = batch.events
    return batch.source == "engine" and all(raw.get("type") == "step_finished" for raw in sent)


async def take(session: AsyncSession, batches: Sequence[Batch]) -> list[Acknowledgement | None]:
    """Store batches of different attempts; None stands for each that has to be stored by itself."""
    heads = await _lock(session, [batch.attempt_id for batch in batches])
    read = [_read(batch, heads.get(batch.attempt_id)) for batch in batches]
    if news := [one for one in read if one is not None]:
        await _write(session, news)
    return [one and _acknowledgement(one) for one in read]


_HEADS = (
    select(
        Attempt.id,
        Attempt.run_id,
        Attempt.number,
        Attempt.first_step,
        Attempt.engine_seq,
        Attempt.worker_seq,
        Run.stream_position,
        Run.desired_state,
        Worker.token_id,
    )
    .join(Run, Run.id == Attempt.run_id)
    .join(Worker, Worker.id == Attempt.worker_id)
    .where(
        Attempt.id.in_(bindparam("attempts", expanding=True)),
        Attempt.number == Run.attempt,
        Attempt.ended_at.is_(None),
        # An attempt's first step has the whole run summed up anew.
        Attempt.first_step.is_not(None),
    )
    # What somebody else holds is passed over: whoever holds several rows must wait for none.
    .with_for_update(of=(Run, Attempt), key_share=True, skip_locked=True)
)


async def _lock(session: AsyncSession, attempt_ids: Sequence[str]) -> dict[str, Head]:
    """Lock runs and attempts; leave out those to which more may happen than steps, or now."""
    connection = await session.connection()
    heads = await connection.execute(_HEADS, {"attempts": attempt_ids})
    return {head.id: head for head in heads}


def _read(batch: Batch, head: Head | None) -> News | None:
    """Return what is new; None if not all of it is, or can be read, or is the sender's to tell."""
    if head is None or head.token_id != batch.token_id or not batch.events:
        return None
    events = []
    for seq, raw in enumerate(batch.events, head.engine_seq + 1):
        if raw.get("seq") != seq:
            return None
        try:
            events.append(cast("StepFinished", read_event(raw, "engine", seq)))
        except UnreadableEvent:
            return None
    return News(head, events, tail.together((event.step, event.metrics) for event in events))


def _acknowledgement(news: News) -> Acknowledgement:
    head, accepted = news.head, len(news.events)
    return Acknowledgement(
        accepted=accepted,
        quarantined=0,
        next_seq=NextSequence(engine=head.engine_seq + accepted + 1, worker=head.worker_seq + 1),
        superseded=False,
        desired_state=head.desired_state,
    )


_RUN = cast("TableClause", Run.__table__)
_ADVANCE_RUN = (
    update(_RUN)
    .where(_RUN.c.id == bindparam("run"))
    .values(
        stream_position=bindparam("position"),
        step=bindparam("newest_step"),
        version=_RUN.c.version + 1,
    )
)

_ATTEMPT = cast("TableClause", Attempt.__table__)
_ADVANCE_ATTEMPT = (
    update(_ATTEMPT)
    .where(_ATTEMPT.c.id == bindparam("attempt"))
    .values(
        engine_seq=_ATTEMPT.c.engine_seq + bindparam("count"),
        loose_steps=_ATTEMPT.c.loose_steps + bindparam("count"),
        stepped_at=bindparam("newest_at"),
        stalled_at=None,
    )
)


async def _write(session: AsyncSession, news: Sequence[News]) -> None:
    connection = await session.connection()
    async with pipelined(connection):
        await insert_many(session, Event, [row for one in news for row in _events(one)])
        await insert_many(session, MetricTail, [_tail(one) for one in news])
        await latest.add(session, [sums for one in news for sums in _sums(one)])
        await connection.execute(_ADVANCE_RUN, [_run(one) for one in news])
        await connection.execute(_ADVANCE_ATTEMPT, [_attempt(one) for one in news])
    for one in news:
        tell(session, _told(one))
    wake(session, "runs")


def _events(news: News) -> list[dict[str, Any]]:
    run_id, attempt = news.head.run_id, news.head.number
    return [
        repository.row(run_id, attempt, "engine", event, position)
        for position, event in enumerate(news.events, news.first)
    ]


def _tail(news: News) -> dict[str, Any]:
    return tail.row(news.head.run_id, news.head.number, news.first, news.steps)


def _sums(news: News) -> list[dict[str, Any]]:
    return latest.sums(news.head.run_id, news.steps)


def _run(news: News) -> dict[str, Any]:
    newest = news.events[-1]
    return {"run": news.head.run_id, "position": news.last, "newest_step": newest.step}


def _attempt(news: News) -> dict[str, Any]:
    newest_at = news.events[-1].at
    return {"attempt": news.head.id, "count": len(news.events), "newest_at": newest_at}


def _told(news: News) -> Told:
    head = news.head
    points = [(event.step, event.metrics) for event in news.events]
    return Told(head.run_id, head.number, head.first_step, news.first, news.last, points)
