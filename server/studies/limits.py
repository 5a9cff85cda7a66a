"""How many runs of a study may be executed at once, and which of the others wait for that."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, ScalarSelect, func, not_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from server.database import UPDATE_LOCK
from server.runs.lifecycle import ACTIVE
from server.tables import Pipeline, Run, Study


def _executed() -> ScalarSelect[int]:
    """How many runs of a study are executed; to be asked beside the study."""
    run, pipeline = aliased(Run), aliased(Pipeline)
    return (
        select(func.count(run.id))
        .join(pipeline, pipeline.id == run.pipeline_id)
        .where(pipeline.study_id == Study.id, run.state.in_(ACTIVE))
        .correlate(Study)
        .scalar_subquery()
    )


def has_room() -> ColumnElement[bool]:
    """Return the condition that a pipeline is of no study that executes as much as it may."""
    full = select(Study.id).where(Study.id == Pipeline.study_id, Study.most_at_once <= _executed())
    return not_(full.correlate(Pipeline).exists())


async def still_room(session: AsyncSession, pipeline_id: str) -> bool:
    """Look again with the pipeline's study locked, so that two claims do not take one place."""
    of_pipeline = select(Pipeline.study_id).where(Pipeline.id == pipeline_id)
    study_id = (await session.scalars(of_pipeline)).one()
    if study_id is None:
        return True
    study = await session.get_one(
        Study, study_id, with_for_update=UPDATE_LOCK, populate_existing=True
    )
    executed = (await session.scalars(select(_executed()).where(Study.id == study_id))).one()
    return study.most_at_once is None or executed < study.most_at_once


async def full_studies(session: AsyncSession, pipeline_ids: Collection[str]) -> dict[str, str]:
    """Why queued runs of these pipelines wait for others of their study, where they do."""
    query = (
        select(Pipeline.id, Study.name, Study.most_at_once)
        .join(Study, Study.id == Pipeline.study_id)
        .where(Pipeline.id.in_(pipeline_ids), Study.most_at_once <= _executed())
    )
    return {
        pipeline_id: f"Study {name} runs at most {most} at once"
        for pipeline_id, name, most in await session.execute(query)
    }


async def limited_studies(session: AsyncSession, pipeline_ids: Collection[str]) -> dict[str, str]:
    """The studies of these pipelines that may execute only so many runs at once."""
    query = (
        select(Pipeline.id, Study.id)
        .join(Study, Study.id == Pipeline.study_id)
        .where(Pipeline.id.in_(pipeline_ids), Study.most_at_once.is_not(None))
    )
    rows = await session.execute(query)
    return dict(rows.all())
