from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.scoping import within
from server.tables import Checkpoint, Dataset, Pipeline, Run, RunParent, RunSource


class Link(NamedTuple):
    """One run uses another's checkpoint, null until it is saved, or repeats its settings."""

    parent_id: str
    child_id: str
    role: str
    checkpoint_id: str | None = None


async def parents(session: AsyncSession, run_ids: Collection[str]) -> list[Link]:
    """What leads to these runs."""
    return await _links(session, run_ids, upwards=True)


async def children(session: AsyncSession, run_ids: Collection[str]) -> list[Link]:
    """What leads away from these runs."""
    return await _links(session, run_ids, upwards=False)


async def _links(session: AsyncSession, run_ids: Collection[str], *, upwards: bool) -> list[Link]:
    edges = select(RunParent.parent_id, RunParent.run_id, RunParent.role).where(
        (RunParent.run_id if upwards else RunParent.parent_id).in_(run_ids)
    )
    sources = (
        select(Checkpoint.run_id, RunSource.run_id, RunSource.role, Checkpoint.id)
        .join(Checkpoint, Checkpoint.id == RunSource.checkpoint_id)
        .where((RunSource.run_id if upwards else Checkpoint.run_id).in_(run_ids))
    )
    return [
        *(Link(*row) for row in await session.execute(edges)),
        *(Link(*row) for row in await session.execute(sources)),
        *await _forks(session, run_ids, upwards=upwards),
    ]


async def _forks(session: AsyncSession, run_ids: Collection[str], *, upwards: bool) -> list[Link]:
    """A run of a fork repeats the run of its name in what was forked."""
    origin, copy = Run.__table__.alias(), Run.__table__.alias()
    query = (
        select(origin.c.id, copy.c.id)
        .join(Pipeline, Pipeline.id == copy.c.pipeline_id)
        .join(
            origin,
            and_(origin.c.pipeline_id == Pipeline.forked_from_id, origin.c.name == copy.c.name),
        )
        .where((copy if upwards else origin).c.id.in_(run_ids))
    )
    return [Link(*row, "fork") for row in await session.execute(query)]


async def exports(session: AsyncSession, run_ids: Iterable[str]) -> dict[tuple[str, str], str]:
    """Id of the newest exported checkpoint by run and role."""
    query = (
        select(Checkpoint.run_id, Checkpoint.role, Checkpoint.id)
        .where(Checkpoint.run_id.in_(run_ids), Checkpoint.kind == "exported")
        .order_by(Checkpoint.attempt, Checkpoint.step)
    )
    return {(run_id, role): found for run_id, role, found in await session.execute(query)}


async def readable(
    session: AsyncSession, actor: Actor, run_ids: Iterable[str]
) -> dict[str, tuple[Run, Pipeline]]:
    """Those of the runs that the actor may read, with their pipelines."""
    query = (
        select(Run, Pipeline)
        .join(Pipeline, Pipeline.id == Run.pipeline_id)
        .where(Run.id.in_(run_ids), within(Pipeline.project_id, actor))
    )
    return {run.id: (run, pipeline) for run, pipeline in await session.execute(query)}


async def checkpoints(session: AsyncSession, ids: Iterable[str]) -> Sequence[Checkpoint]:
    return (await session.scalars(select(Checkpoint).where(Checkpoint.id.in_(ids)))).all()


async def datasets(session: AsyncSession, names: Iterable[str]) -> dict[str, Dataset]:
    query = select(Dataset).where(Dataset.name.in_(names))
    return {dataset.name: dataset for dataset in await session.scalars(query)}


async def curated(session: AsyncSession, run_ids: Iterable[str]) -> Sequence[Dataset]:
    """Data sets that these runs ended in."""
    return (await session.scalars(select(Dataset).where(Dataset.run_id.in_(run_ids)))).all()
