from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from prism_engine.contract.shape import Shape
from server.actors import Actor
from server.database import UPDATE_LOCK
from server.errors import NotFound
from server.pipelines.schemas import PipelineState
from server.scoping import within
from server.tables import Artifact, Checkpoint, Dataset, Model, Pipeline, PipelineTag, Run


async def find(session: AsyncSession, pipeline_id: str, *, lock: bool = False) -> Pipeline:
    pipeline = await session.get(
        Pipeline, pipeline_id, with_for_update=UPDATE_LOCK if lock else None, populate_existing=lock
    )
    if pipeline is None:
        raise NotFound("pipeline", pipeline_id)
    return pipeline


async def page(
    session: AsyncSession,
    actor: Actor,
    project_id: str | None,
    state: PipelineState | None,
    archived: bool,
    limit: int,
    after: str | None,
) -> Sequence[Pipeline]:
    visible = within(Pipeline.project_id, actor)
    in_sight = Pipeline.archived_at.is_not(None) if archived else Pipeline.archived_at.is_(None)
    query = select(Pipeline).where(visible, in_sight).order_by(Pipeline.id.desc()).limit(limit)
    if project_id:
        query = query.where(Pipeline.project_id == project_id)
    if state:
        query = query.where(Pipeline.state == state)
    if after:
        query = query.where(Pipeline.id < after)
    return (await session.scalars(query)).all()


async def tags(session: AsyncSession, pipeline_ids: Iterable[str]) -> dict[str, list[str]]:
    """Tags of each pipeline."""
    query = select(PipelineTag).where(PipelineTag.pipeline_id.in_(pipeline_ids))
    found = defaultdict[str, list[str]](list)
    for row in await session.scalars(query.order_by(PipelineTag.tag)):
        found[row.pipeline_id].append(row.tag)
    return found


async def set_tags(session: AsyncSession, pipeline_id: str, wanted: Iterable[str]) -> None:
    """Give the pipeline these tags and no others."""
    query = select(PipelineTag).where(PipelineTag.pipeline_id == pipeline_id)
    present = {row.tag: row for row in await session.scalars(query)}
    for tag in present.keys() - set(wanted):
        await session.delete(present[tag])
    new = [tag for tag in dict.fromkeys(wanted) if tag not in present]
    session.add_all(PipelineTag(pipeline_id=pipeline_id, tag=tag) for tag in new)
    await session.flush()


async def registered_datasets(session: AsyncSession, names: Iterable[str]) -> set[str]:
    query = select(Dataset.name).where(Dataset.name.in_(names))
    return set(await session.scalars(query))


async def shapes(session: AsyncSession, names: Iterable[str]) -> dict[str, Shape]:
    """Shapes of those registered models that one is known of."""
    query = select(Model.name, Model.shape).where(Model.name.in_(names))
    return {
        name: Shape.model_validate(shape) for name, shape in await session.execute(query) if shape
    }


async def registered_models(session: AsyncSession, names: Iterable[str]) -> set[str]:
    query = select(Model.name).where(Model.name.in_(names))
    return set(await session.scalars(query))


async def uploaded_images(session: AsyncSession, digests: Iterable[str]) -> set[str]:
    query = select(Artifact.digest).where(Artifact.digest.in_(digests))
    return set(await session.scalars(query))


async def checkpoint(session: AsyncSession, actor: Actor, checkpoint_id: str) -> Checkpoint | None:
    """Return a checkpoint that the actor may read."""
    query = (
        select(Checkpoint)
        .join(Run, Run.id == Checkpoint.run_id)
        .join(Pipeline, Pipeline.id == Run.pipeline_id)
        .where(Checkpoint.id == checkpoint_id, within(Pipeline.project_id, actor))
    )
    return (await session.scalars(query)).one_or_none()


async def names(
    session: AsyncSession, pipeline_ids: Iterable[str], run_ids: Iterable[str]
) -> tuple[dict[str, tuple[str, int]], dict[str, str]]:
    """Return name and number of those pipelines, and the names of those runs, that there are."""
    pipelines = select(Pipeline.id, Pipeline.name, Pipeline.number).where(
        Pipeline.id.in_(pipeline_ids)
    )
    runs = select(Run.id, Run.name).where(Run.id.in_(run_ids))
    return (
        {row.id: (row.name, row.number) for row in await session.execute(pipelines)},
        {row.id: row.name for row in await session.execute(runs)},
    )
