from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.contextvars import bind_contextvars

from prism_engine.contract.events import Event, Source
from server.actors import Actor
from server.database import insert_many, tell, wake
from server.events import repository
from server.events.consequences import Ingestion, draw_consequences
from server.events.reading import UnreadableEvent, read_event
from server.events.schemas import Acknowledgement, EventBatch, NextSequence, StoredEvent
from server.metrics.repository import metrics_of
from server.runs import repository as runs
from server.schemas import Page
from server.tables import Attempt, QuarantinedEvent, Run
from server.tables import Event as EventRow
from server.workers import repository as workers
from server.workers.service import superseded

Reader = Callable[[dict[str, Any], Source, int], Event]


async def ingest(
    session: AsyncSession, attempt_id: str, batch: EventBatch, actor: Actor
) -> Acknowledgement:
    """Store what a worker sends."""
    run, attempt = await _lock(session, attempt_id, batch, actor)
    bind_contextvars(run_id=run.id)
    accepted, quarantined = await take(session, run, attempt, batch, read_event)
    return Acknowledgement(
        accepted=accepted,
        quarantined=quarantined,
        next_seq=NextSequence(engine=attempt.engine_seq + 1, worker=attempt.worker_seq + 1),
        superseded=superseded(run, attempt),
        desired_state=run.desired_state,
    )


async def take(
    session: AsyncSession, run: Run, attempt: Attempt, batch: EventBatch, read: Reader
) -> tuple[int, int]:
    """Store a batch event by event; what was stored before is passed over. The run is locked.

    Args:
        read: makes an event of what was sent, or raises `UnreadableEvent`.

    Returns:
        How many were stored, and how many were put aside.
    """
    into = Ingestion(session, run, attempt)
    stored: list[dict[str, Any]] = []
    refused: list[dict[str, Any]] = []
    last = attempt.engine_seq if batch.source == "engine" else attempt.worker_seq
    position = run.stream_position
    for raw in batch.events:
        seq = _seq(raw, last + 1)
        if seq > last + 1:
            break  # What is missing in between must come first: the reply says from where on.
        if seq <= last:
            continue
        last = seq
        try:
            event = read(raw, batch.source, seq)
        except UnreadableEvent as error:
            refused.append(_quarantined(attempt, batch.source, seq, raw, str(error)))
            continue
        position += 1
        stored.append(repository.row(run.id, attempt.number, batch.source, event, position))
        await draw_consequences(into, event, position)
    run.stream_position = position
    if stored:
        await insert_many(session, EventRow, stored)
        await into.finish()
        if len(into.steps) == len(stored):
            tell(session, into.told())
        wake(session, "runs")
    if refused:
        await session.execute(insert(QuarantinedEvent), refused)
    attempt.quarantined += len(refused)
    if batch.source == "engine":
        attempt.engine_seq = last
    else:
        attempt.worker_seq = last
    return len(stored), len(refused)


async def _lock(
    session: AsyncSession, attempt_id: str, batch: EventBatch, actor: Actor
) -> tuple[Run, Attempt]:
    """Lock the run, and read the attempt as it stands under that lock."""
    if any(raw.get("type") == "started" for raw in batch.events):
        # The start of the engine changes the run's state, which is the pipeline's business too.
        attempt = await workers.leased(session, attempt_id, actor)
        _, run = await runs.lock(session, attempt.run_id)
        await session.refresh(attempt)
        return run, attempt
    return await workers.lock_leased(session, attempt_id, actor)


def _seq(raw: dict[str, Any], expected: int) -> int:
    """Return the event's seq; one that has none stands where it was sent."""
    seq = raw.get("seq")
    return seq if isinstance(seq, int) and seq >= 1 else expected


def _quarantined(
    attempt: Attempt, source: Source, seq: int, raw: dict[str, Any], reason: str
) -> dict[str, Any]:
    return {
        "run_id": attempt.run_id,
        "attempt": attempt.number,
        "source": source,
        "seq": seq,
        "reason": reason.replace("\0", ""),
        # Escaped JSON holds whatever was sent, even what no database could hold as text.
        "content": json.dumps(raw).encode(),
    }


async def page(
    session: AsyncSession, run_id: str, after: int, limit: int, source: Source | None
) -> Page[StoredEvent]:
    await runs.find(session, run_id)
    rows = await repository.page(session, run_id, after, limit + 1, source)
    metrics = await metrics_of(session, rows[:limit])
    shown = [_stored(*both) for both in zip(rows[:limit], metrics, strict=True)]
    return Page(data=shown, next_cursor=str(shown[-1].position) if len(rows) > limit else None)


def _stored(row: EventRow, metrics: dict[str, float]) -> StoredEvent:
    content = row.content or {"type": row.type, "step": row.step, "metrics": metrics}
    return StoredEvent.model_validate(
        {
            "position": row.position,
            "attempt": row.attempt,
            "source": row.source,
            "event": content | {"seq": row.seq, "at": row.at},
        }
    )
