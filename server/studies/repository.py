from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.database import UPDATE_LOCK
from server.errors import NotFound
from server.scoping import within
from server.tables import Pipeline, Study


async def find(session: AsyncSession, study_id: str, *, lock: bool = False) -> Study:
    study = await session.get(
        Study, study_id, with_for_update=UPDATE_LOCK if lock else None, populate_existing=lock
    )
    if study is None:
        raise NotFound("study", study_id)
    return study


async def page(
    session: AsyncSession, actor: Actor, project_id: str | None, limit: int, after: str | None
) -> Sequence[Study]:
    query = select(Study).where(within(Study.project_id, actor))
    if project_id:
        query = query.where(Study.project_id == project_id)
    if after:
        query = query.where(Study.id < after)
    return (await session.scalars(query.order_by(Study.id.desc()).limit(limit))).all()


async def pipelines(
    session: AsyncSession, study_ids: Iterable[str]
) -> dict[str, Sequence[Pipeline]]:
    """The pipelines of each study, in the order in which they were launched."""
    query = select(Pipeline).where(Pipeline.study_id.in_(study_ids)).order_by(Pipeline.number)
    found = defaultdict[str, list[Pipeline]](list)
    for pipeline in await session.scalars(query):
        found[pipeline.study_id or ""].append(pipeline)
    return dict(found)
