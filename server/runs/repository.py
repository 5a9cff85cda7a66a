from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from server.actors import Actor
from server.database import UPDATE_LOCK
from server.errors import NotFound
from server.runs.order import Order, read_cursor
from server.runs.schemas import CheckpointSource, Parent
from server.scoping import within
from server.tables import (
    Attempt,
    Checkpoint,
    LogLine,
    MetricLatest,
    Pipeline,
    Run,
    RunParent,
    RunSource,
    RunTag,
)


async def find(session: AsyncSession, run_id: str) -> Run:
    run = await session.get(Run, run_id)
    if run is None:
        raise NotFound("run", run_id)
    return run


async def readable(session: AsyncSession, actor: Actor, run_ids: Sequence[str]) -> list[Run]:
    """Return the runs in the order of their ids. Raises `NotFound` for one that is not there."""
    query = (
        select(Run)
        .join(Pipeline, Pipeline.id == Run.pipeline_id)
        .where(Run.id.in_(run_ids), within(Pipeline.project_id, actor))
    )
    found = {run.id: run for run in await session.scalars(query)}
    if missing := [run_id for run_id in run_ids if run_id not in found]:
        raise NotFound("run", missing[0])
    return [found[run_id] for run_id in run_ids]


async def lock(session: AsyncSession, run_id: str) -> tuple[Pipeline, Run]:
    """Lock the run and, before it, its pipeline.

    Everybody who changes states locks in this order, so that no two wait for each other.
    """
    pipeline_id = (await find(session, run_id)).pipeline_id
    pipeline = await session.get_one(
        Pipeline, pipeline_id, with_for_update=UPDATE_LOCK, populate_existing=True
    )
    return pipeline, await lock_alone(session, run_id)


async def lock_alone(session: AsyncSession, run_id: str) -> Run:
    """Lock the run without its pipeline, to add to its history."""
    return await session.get_one(Run, run_id, with_for_update=UPDATE_LOCK, populate_existing=True)


async def of_pipelines(session: AsyncSession, pipeline_ids: Iterable[str]) -> Sequence[Run]:
    """Runs of pipelines, parents before children."""
    query = select(Run).where(Run.pipeline_id.in_(pipeline_ids)).order_by(Run.place)
    return (await session.scalars(query)).all()


async def page(
    session: AsyncSession,
    actor: Actor,
    condition: ColumnElement[bool],
    order: Order,
    limit: int,
    after: str | None,
) -> list[tuple[Run, float | None]]:
    """Runs in an order, each with the value that it stands there by, if that is a metric's.

    Raises:
        Invalid: `after` is no cursor of this order.
    """
    readable = select(Pipeline.id).where(within(Pipeline.project_id, actor))
    if actor.projects("read") is not None:
        condition = and_(condition, Run.pipeline_id.in_(readable))
    if order.metric is None:
        query = select(Run).where(condition).order_by(order.direction(Run.id)).limit(limit)
        if after:
            query = query.where(order.beyond(Run.id, after))
        return [(run, None) for run in await session.scalars(query)]
    by_value = (
        select(Run, MetricLatest.last)
        .join(MetricLatest, MetricLatest.run_id == Run.id)
        .where(MetricLatest.name == order.metric, condition)
        .order_by(order.direction(MetricLatest.last), order.direction(MetricLatest.run_id))
        .limit(limit)
    )
    if after:
        place = tuple_(MetricLatest.last, MetricLatest.run_id)
        by_value = by_value.where(order.beyond(place, tuple_(*read_cursor(after))))
    return [(run, value) for run, value in await session.execute(by_value)]


async def parents(session: AsyncSession, run_ids: Iterable[str]) -> dict[str, list[Parent]]:
    """Parents of each run."""
    parent = aliased(Run)
    query = (
        select(RunParent.run_id, RunParent.role, parent.id, parent.name)
        .join(parent, parent.id == RunParent.parent_id)
        .where(RunParent.run_id.in_(run_ids))
        .order_by(RunParent.role.desc())
    )
    found = defaultdict[str, list[Parent]](list)
    for run_id, role, parent_id, name in await session.execute(query):
        found[run_id].append(Parent(role=role, run_id=parent_id, run=name))
    return found


async def pipelines(
    session: AsyncSession, pipeline_ids: Iterable[str]
) -> dict[str, dict[str, Any]]:
    """What a run's snapshot says of its pipeline."""
    query = select(Pipeline.id, Pipeline.name, Pipeline.number, Pipeline.project_id)
    return {
        pipeline_id: {"pipeline_name": name, "pipeline_number": number, "project_id": project_id}
        for pipeline_id, name, number, project_id in await session.execute(
            query.where(Pipeline.id.in_(pipeline_ids))
        )
    }


async def sources(
    session: AsyncSession, run_ids: Iterable[str]
) -> dict[str, list[CheckpointSource]]:
    """Checkpoints of other pipelines that each run starts from."""
    query = (
        select(RunSource.run_id, RunSource.role, Checkpoint, Run.name, Run.pipeline_id)
        .join(Checkpoint, Checkpoint.id == RunSource.checkpoint_id)
        .join(Run, Run.id == Checkpoint.run_id)
        .where(RunSource.run_id.in_(run_ids))
        .order_by(RunSource.role)
    )
    found = defaultdict[str, list[CheckpointSource]](list)
    for run_id, role, checkpoint, name, pipeline_id in await session.execute(query):
        found[run_id].append(
            CheckpointSource(
                role=role,
                checkpoint_id=checkpoint.id,
                step=checkpoint.step,
                run_id=checkpoint.run_id,
                run=name,
                pipeline_id=pipeline_id,
            )
        )
    return found


async def tags(session: AsyncSession, run_ids: Iterable[str]) -> dict[str, list[str]]:
    """Tags of each run."""
    query = select(RunTag).where(RunTag.run_id.in_(run_ids)).order_by(RunTag.tag)
    found = defaultdict[str, list[str]](list)
    for row in await session.scalars(query):
        found[row.run_id].append(row.tag)
    return found


async def set_tags(session: AsyncSession, run_id: str, wanted: Iterable[str]) -> None:
    """Give the run these tags and no others."""
    query = select(RunTag).where(RunTag.run_id == run_id)
    present = {row.tag: row for row in await session.scalars(query)}
    for tag in present.keys() - set(wanted):
        await session.delete(present[tag])
    new = [tag for tag in dict.fromkeys(wanted) if tag not in present]
    session.add_all(RunTag(run_id=run_id, tag=tag) for tag in new)
    await session.flush()


async def latest_metrics(
    session: AsyncSession, run_ids: Iterable[str], names: Collection[str] | None = None
) -> dict[str, dict[str, float]]:
    """The last value of every metric of each run, or of those that are named."""
    query = (
        select(MetricLatest.run_id, MetricLatest.name, MetricLatest.last)
        .where(MetricLatest.run_id.in_(run_ids))
        .order_by(MetricLatest.name)
    )
    if names is not None:
        query = query.where(MetricLatest.name.in_(names))
    found = defaultdict[str, dict[str, float]](dict)
    for run_id, name, last in await session.execute(query):
        found[run_id][name] = last
    return found


async def current_attempts(session: AsyncSession, runs: Iterable[Run]) -> dict[str, Attempt]:
    """The newest attempt of each run that has one."""
    keys = [(run.id, run.attempt) for run in runs if run.attempt]
    query = select(Attempt).where(tuple_(Attempt.run_id, Attempt.number).in_(keys))
    return {attempt.run_id: attempt for attempt in await session.scalars(query)}


async def attempts(session: AsyncSession, run_id: str) -> Sequence[Attempt]:
    query = select(Attempt).where(Attempt.run_id == run_id).order_by(Attempt.number)
    return (await session.scalars(query)).all()


async def exported(session: AsyncSession, run_ids: Iterable[str]) -> set[tuple[str, str]]:
    """(run, role) of every durable exported checkpoint of these runs."""
    query = (
        select(Checkpoint.run_id, Checkpoint.role)
        .join(Run, Run.id == Checkpoint.run_id)
        .where(
            Checkpoint.run_id.in_(run_ids),
            Checkpoint.kind == "exported",
            Checkpoint.durable_at.is_not(None),
            Checkpoint.attempt > Run.restarted_after,
        )
    )
    return {(run_id, role) for run_id, role in await session.execute(query)}


async def log_lines(
    session: AsyncSession, run_id: str, after: int, limit: int
) -> Sequence[LogLine]:
    query = (
        select(LogLine)
        .where(LogLine.run_id == run_id, LogLine.number > after)
        .order_by(LogLine.number)
        .limit(limit)
    )
    return (await session.scalars(query)).all()
