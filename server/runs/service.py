from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.database import UPDATE_LOCK, clock, wake
from server.errors import Conflict, NotFound
from server.runs import repository
from server.runs.lifecycle import ACTIVE, ENDED, Outcome, end, move, pipeline_state
from server.runs.order import cursor, read_order
from server.runs.schemas import AttemptSnapshot, Exit, LogLine, RunLabels, RunSnapshot
from server.runs.snapshots import columns, snapshots
from server.schemas import Page
from server.search.words import remember_words
from server.signals import POLL_SECONDS
from server.tables import Attempt, Doorbell, Pipeline, Run, Worker

if TYPE_CHECKING:
    from server.parts import Parts


async def get(session: AsyncSession, run_id: str) -> RunSnapshot:
    return await snapshot(session, await repository.find(session, run_id))


async def snapshot(session: AsyncSession, run: Run) -> RunSnapshot:
    return (await snapshots(session, [run]))[0]


async def page(
    session: AsyncSession,
    actor: Actor,
    condition: ColumnElement[bool],
    sort: str,
    metrics: Collection[str] | None,
    limit: int,
    after: str | None,
) -> Page[RunSnapshot]:
    order = await read_order(session, sort)
    found = await repository.page(session, actor, condition, order, limit + 1, after)
    shown = found[:limit]
    return Page(
        data=await snapshots(session, [run for run, _ in shown], metrics),
        next_cursor=cursor(shown[-1][0].id, shown[-1][1]) if len(found) > limit else None,
    )


async def label(session: AsyncSession, run_id: str, labels: RunLabels) -> RunSnapshot:
    run = await repository.find(session, run_id)
    run = await repository.lock_alone(session, run.id)
    if labels.tags is not None:
        await repository.set_tags(session, run.id, labels.tags)
    if labels.note is not None:
        run.note = labels.note
    run.version += 1
    await session.flush()
    await remember_words(session, [run.id])
    wake(session, "runs")
    return await snapshot(session, run)


async def cancel(session: AsyncSession, run_id: str) -> RunSnapshot:
    pipeline, run = await repository.lock(session, run_id)
    if run.state != "cancelled":
        now = await clock(session)
        cancel_locked(run, now)
        await settle(session, pipeline, now)
    return await snapshot(session, run)


def cancel_locked(run: Run, now: datetime) -> None:
    """Cancel at once what nobody executes, and have the others cancelled by their workers."""
    if run.state in ACTIVE:
        run.desired_state = "cancel"
        run.version += 1
    else:
        move(run, "cancelled", now)
        run.desired_state = "cancel"
        run.exit_kind, run.exit_message = "cancelled", "Cancelled before it began"


async def stop(session: AsyncSession, run_id: str) -> RunSnapshot:
    pipeline, run = await repository.lock(session, run_id)
    if run.state in ("blocked", "queued"):
        raise Conflict(f"Run {run.name} is {run.state}: there is nothing to save; cancel it.")
    if run.state in ENDED and run.state != "stopped":
        raise Conflict(f"Run {run.name} is {run.state} already.")
    # A cancellation that is under way is not taken back.
    if run.state in ACTIVE and run.desired_state == "run":
        run.desired_state = "stop"
        run.version += 1
        await settle(session, pipeline, await clock(session))
    return await snapshot(session, run)


async def wait(parts: Parts, run_id: str, seconds: float) -> RunSnapshot:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while True:
        seen = parts.signals.rings("runs")
        async with parts.database.reading() as session:
            run = await get(session, run_id)
        left = deadline - loop.time()
        if run.state in ENDED or left <= 0 or parts.signals.closing:
            return run
        await parts.signals.wait("runs", seen, min(left, POLL_SECONDS))


async def attempts(session: AsyncSession, run_id: str) -> Page[AttemptSnapshot]:
    await repository.find(session, run_id)
    rows = await repository.attempts(session, run_id)
    return Page(data=[await _attempt_snapshot(session, row) for row in rows])


async def _attempt_snapshot(session: AsyncSession, attempt: Attempt) -> AttemptSnapshot:
    worker = await session.get(Worker, attempt.worker_id) if attempt.worker_id else None
    exit_ = None
    if attempt.exit_kind and attempt.exit_kind != "succeeded":
        exit_ = Exit.model_validate(
            {"kind": attempt.exit_kind, "message": attempt.exit_message or ""}
        )
    told = {"worker": worker and worker.name, "active": attempt.ended_at is None, "exit": exit_}
    return AttemptSnapshot.model_validate(columns(attempt) | told)


async def log_lines(session: AsyncSession, run_id: str, after: int, limit: int) -> Page[LogLine]:
    await repository.find(session, run_id)
    rows = await repository.log_lines(session, run_id, after, limit + 1)
    shown = [LogLine.model_validate(columns(row)) for row in rows[:limit]]
    return Page(data=shown, next_cursor=str(shown[-1].number) if len(rows) > limit else None)


async def end_attempt(
    session: AsyncSession, attempt_id: str, outcome: Outcome, message: str
) -> Run:
    """End an attempt once; what its run becomes of it only counts if it is the newest."""
    attempt = await session.get(Attempt, attempt_id)
    if attempt is None:
        raise NotFound("attempt", attempt_id)
    pipeline, run = await repository.lock(session, attempt.run_id)
    await session.refresh(attempt, with_for_update=UPDATE_LOCK)
    if attempt.ended_at is None:
        now = await clock(session)
        attempt.ended_at, attempt.exit_kind, attempt.exit_message = now, outcome, message
        if attempt.number == run.attempt and run.state in ACTIVE:
            end(run, outcome, message, now)
            if run.state == "queued":
                announce(session, run)
            if pipeline.study_id:
                # Others of its study may have waited for its place.
                wake(session, "queue")
            await settle(session, pipeline, now)
        # What its project held is free, and so may be another run of it.
        wake(session, "queue")
    return run


async def settle(session: AsyncSession, pipeline: Pipeline, now: datetime) -> None:
    """Bring children and the pipeline's state in line with what its runs became."""
    await session.flush()
    runs = await _runs_of(session, pipeline)
    by_id = {run.id: run for run in runs}
    parents = await repository.parents(session, by_id)
    exported = await repository.exported(session, by_id)
    for run in runs:
        if run.state != "blocked":
            continue
        needed = [(by_id[parent.run_id], parent.role) for parent in parents.get(run.id, [])]
        if gone := [p for p, _ in needed if p.state in ENDED and p.state != "succeeded"]:
            move(run, "cancelled", now)
            run.exit_kind = "upstream"
            run.exit_message = f"{gone[0].name} is {gone[0].state}"
        elif all(p.state == "succeeded" and (p.id, role) in exported for p, role in needed):
            move(run, "queued", now)
            announce(session, run)
    pipeline.state = pipeline_state(runs)
    pipeline.finished_at = now if pipeline.state in ENDED else None
    pipeline.version += 1
    wake(session, "runs")


def announce(session: AsyncSession, run: Run) -> None:
    """Have the doorbell rung once the transaction is committed."""
    session.add(Doorbell(queue=run.queue))
    wake(session, "outbox")
    wake(session, "queue")


async def _runs_of(session: AsyncSession, pipeline: Pipeline) -> Sequence[Run]:
    return await repository.of_pipelines(session, [pipeline.id])
