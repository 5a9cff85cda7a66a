from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.tables import Artifact, Checkpoint, Pipeline, Project, Run


async def used(session: AsyncSession, projects: ColumnElement[bool]) -> dict[str, int]:
    """Return the bytes in the artifact store by project: durable checkpoints, and images.

    An image is of the project that sent it first.
    """
    checkpoints = (
        select(Project.id, func.sum(Checkpoint.size))
        .join(Pipeline, Pipeline.project_id == Project.id)
        .join(Run, Run.pipeline_id == Pipeline.id)
        .join(Checkpoint, Checkpoint.run_id == Run.id)
        .where(projects, Checkpoint.durable_at.is_not(None))
        .group_by(Project.id)
    )
    images = (
        select(Project.id, func.sum(Artifact.size))
        .join(Artifact, Artifact.project_id == Project.id)
        .where(projects)
        .group_by(Project.id)
    )
    found: dict[str, int] = {}
    for query in (checkpoints, images):
        for project_id, size in await session.execute(query):
            found[project_id] = found.get(project_id, 0) + int(size)
    return found


async def by_kind(session: AsyncSession, project_id: str) -> dict[str, tuple[int, int]]:
    """Return by kind of checkpoint, and for images, how many a project has and their bytes."""
    checkpoints = (
        select(Checkpoint.kind, func.count(), func.sum(Checkpoint.size))
        .join(Run, Run.id == Checkpoint.run_id)
        .join(Pipeline, Pipeline.id == Run.pipeline_id)
        .where(Pipeline.project_id == project_id, Checkpoint.durable_at.is_not(None))
        .group_by(Checkpoint.kind)
    )
    found = {
        kind: (int(count), int(size)) for kind, count, size in await session.execute(checkpoints)
    }
    images = select(func.count(), func.coalesce(func.sum(Artifact.size), 0)).where(
        Artifact.project_id == project_id
    )
    count, size = (await session.execute(images)).one()
    return found | {"image": (int(count), int(size))}


async def largest(
    session: AsyncSession, project_id: str, limit: int
) -> Sequence[Row[Run, Pipeline, int, int]]:
    """Return the runs whose durable checkpoints take most room: run, pipeline, count and bytes."""
    size = func.sum(Checkpoint.size)
    query = (
        select(Run, Pipeline, func.count(), size)
        .join(Pipeline, Pipeline.id == Run.pipeline_id)
        .join(Checkpoint, Checkpoint.run_id == Run.id)
        .where(Pipeline.project_id == project_id, Checkpoint.durable_at.is_not(None))
        .group_by(Run.id, Pipeline.id)
        .order_by(size.desc(), Run.id.desc())
        .limit(limit)
    )
    return (await session.execute(query)).all()
