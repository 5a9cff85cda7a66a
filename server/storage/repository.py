from __future__ import annotations

from sqlalchemy import ColumnElement, func, select
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
