"""Deleting runs, and what they left behind, together with the files that only they used.

Rows go in the transaction; files leave through an outbox (`discard`), so that none is removed of
what then fails to commit.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Column, String, cast, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.artifacts import repository as artifacts
from server.audit_log.recorder import AUDITED
from server.database import clock, wake
from server.errors import Conflict
from server.pipelines import repository as pipelines
from server.retention.needs import needed_by, refusals
from server.retention.schemas import Removal
from server.runs import repository as runs
from server.runs.service import settle
from server.tables import (
    ArtifactUse,
    Attempt,
    Checkpoint,
    Dataset,
    Discard,
    Event,
    MetricChunk,
    MetricTail,
    Pipeline,
    Run,
    StepSample,
    Table,
)


async def preview(session: AsyncSession, run_ids: Collection[str]) -> Removal:
    """Say what a deletion of these runs would free, and why it would be refused."""
    query = select(Checkpoint).where(
        Checkpoint.run_id.in_(run_ids), Checkpoint.durable_at.is_not(None)
    )
    return await sum_up(
        session,
        runs=len(run_ids),
        checkpoints=(await session.scalars(query)).all(),
        sample_runs=run_ids,
        metric_runs=run_ids,
        refused=await refusals(session, run_ids),
    )


async def sum_up(
    session: AsyncSession,
    *,
    runs: int,
    checkpoints: Sequence[Checkpoint],
    sample_runs: Collection[str],
    metric_runs: Collection[str],
    refused: list[str],
) -> Removal:
    """Count what would go."""
    images = await artifacts.only_shown_by(session, sample_runs)
    checkpoint_bytes = sum(checkpoint.size for checkpoint in checkpoints)
    image_bytes = sum(image.size for image in images)
    text = func.length(cast(StepSample.sample, String))
    samples = await _sum(session, StepSample.run_id, text, sample_runs)
    chunks = await _sum(session, MetricChunk.run_id, func.length(MetricChunk.content), metric_runs)
    tail = await _sum(session, MetricTail.run_id, func.length(MetricTail.content), metric_runs)
    return Removal(
        runs=runs,
        checkpoints=len(checkpoints),
        checkpoint_bytes=checkpoint_bytes,
        samples=samples[0],
        sample_bytes=samples[1],
        images=len(images),
        image_bytes=image_bytes,
        metric_runs=len(metric_runs),
        metric_bytes=chunks[1] + tail[1],
        total_bytes=checkpoint_bytes + image_bytes + samples[1] + chunks[1] + tail[1],
        refused=refused,
    )


async def _sum(
    session: AsyncSession, owner: Any, size: Any, run_ids: Collection[str]
) -> tuple[int, int]:
    query = select(func.count(), func.coalesce(func.sum(size), 0)).where(owner.in_(run_ids))
    count, total = (await session.execute(query)).one()
    return int(count), int(total)


async def delete_run(session: AsyncSession, run_id: str) -> None:
    """Delete a run; with the last of its runs a pipeline goes. Raises `Conflict`."""
    pipeline, run = await runs.lock(session, run_id)
    others = await runs.of_pipelines(session, [pipeline.id])
    if len(others) == 1:
        await delete_pipeline(session, pipeline.id)
        return
    await _refuse(session, [run.id])
    await _delete_runs(session, [run.id])
    await settle(session, pipeline, await clock(session))


async def delete_pipeline(session: AsyncSession, pipeline_id: str) -> None:
    """Delete a pipeline with all its runs. Raises `Conflict`, naming who needs it."""
    pipeline = await pipelines.find(session, pipeline_id, lock=True)
    run_ids = [run.id for run in await runs.of_pipelines(session, [pipeline_id])]
    await _refuse(session, run_ids)
    await _delete_runs(session, run_ids)
    await _delete_what_refers(session, Pipeline, [pipeline_id])
    await session.delete(pipeline)
    await session.flush()


async def _refuse(session: AsyncSession, run_ids: Collection[str]) -> None:
    if reasons := await refusals(session, run_ids):
        raise Conflict(f"It cannot be deleted: {'; '.join(reasons)}.")


async def _delete_runs(session: AsyncSession, run_ids: Collection[str]) -> None:
    for run_id in run_ids:
        await delete_samples(session, run_id)
    query = select(Checkpoint).where(Checkpoint.run_id.in_(run_ids))
    for checkpoint in await session.scalars(query):
        discard(session, checkpoint)
    await session.flush()
    await _delete_what_refers(session, Run, run_ids)
    for run_id in run_ids:
        await session.delete(await session.get_one(Run, run_id))
    await session.flush()


async def _delete_what_refers(
    session: AsyncSession, table: type[Table], ids: Collection[str]
) -> None:
    """Delete the rows of every table that refer to these rows, whichever tables there are."""
    for mapper in Table.registry.mappers:
        for column in _references(mapper.local_table.columns, table):
            await _delete_rows(session, mapper.class_, column, ids)
    await session.flush()


def _references(columns: Any, table: type[Table]) -> list[Column[Any]]:
    return [
        column
        for column in columns
        if any(key.column.table is table.__table__ for key in column.foreign_keys)
    ]


async def _delete_rows(
    session: AsyncSession, table: type[Any], column: Column[Any], ids: Collection[str]
) -> None:
    if table is Run:
        return
    if table in AUDITED:
        for row in await session.scalars(select(table).where(column.in_(ids))):
            if isinstance(row, Dataset):
                # It lies where it did and can be used; only whence it came is forgotten.
                row.run_id = None
            else:
                await session.delete(row)
        return
    await session.execute(delete(table).where(column.in_(ids)))


async def delete_samples(session: AsyncSession, run_id: str) -> None:
    """Delete the samples of a run, and the images that nothing else shows."""
    images = await artifacts.only_shown_by(session, [run_id])
    await session.execute(delete(StepSample).where(StepSample.run_id == run_id))
    await session.execute(delete(ArtifactUse).where(ArtifactUse.run_id == run_id))
    drawn = delete(Event).where(Event.run_id == run_id, Event.type == "samples_drawn")
    await session.execute(drawn)
    session.add_all(Discard(kind="image", name=image.digest) for image in images)
    wake(session, "discards")


async def delete_metrics(session: AsyncSession, run_id: str) -> None:
    """Delete the curves of a run; what lists show of it stays."""
    await runs.lock_alone(session, run_id)
    await session.execute(delete(MetricTail).where(MetricTail.run_id == run_id))
    await session.execute(delete(MetricChunk).where(MetricChunk.run_id == run_id))
    steps = delete(Event).where(Event.run_id == run_id, Event.type == "step_finished")
    await session.execute(steps)
    for attempt in await session.scalars(select(Attempt).where(Attempt.run_id == run_id)):
        attempt.loose_steps = 0


async def delete_checkpoint(session: AsyncSession, checkpoint_id: str) -> Checkpoint:
    """Delete the files of a checkpoint; that it was saved stays known. Raises `Conflict`."""
    checkpoint = await session.get_one(Checkpoint, checkpoint_id)
    pipeline, run = await runs.lock(session, checkpoint.run_id)
    await session.refresh(checkpoint, with_for_update=True)
    if names := (await needed_by(session, [checkpoint])).get(checkpoint_id):
        raise Conflict(f"The checkpoint is needed by {', '.join(names)}.")
    discard(session, checkpoint)
    checkpoint.deleted_at = checkpoint.deleted_at or await clock(session)
    run.version += 1
    pipeline.version += 1
    wake(session, "runs")
    await session.flush()
    return checkpoint


def discard(session: AsyncSession, checkpoint: Checkpoint) -> None:
    """Have a checkpoint's files removed once the transaction is committed."""
    if checkpoint.location is not None:
        session.add(Discard(kind="checkpoint", name=checkpoint.location))
        wake(session, "discards")
    checkpoint.location = checkpoint.durable_at = None
