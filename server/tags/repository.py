from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.scoping import within
from server.tables import Pipeline, Run, RunTag


async def most_used(session: AsyncSession, actor: Actor, limit: int) -> Sequence[tuple[str, int]]:
    """Tags of runs that the actor may read, those that most of them carry first."""
    count = func.count()
    query = (
        select(RunTag.tag, count).group_by(RunTag.tag).order_by(count.desc(), RunTag.tag)
    ).limit(limit)
    if actor.projects("read") is not None:
        query = (
            query.join(Run, Run.id == RunTag.run_id)
            .join(Pipeline, Pipeline.id == Run.pipeline_id)
            .where(within(Pipeline.project_id, actor))
        )
    return [(tag, runs) for tag, runs in await session.execute(query)]
