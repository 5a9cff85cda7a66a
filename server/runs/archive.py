"""Putting ended runs out of sight, and back."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from server.database import clock, wake
from server.errors import Conflict
from server.runs import repository
from server.runs.lifecycle import ENDED
from server.runs.schemas import RunSnapshot
from server.runs.service import snapshot
from server.tables import Pipeline, Run


async def archive(session: AsyncSession, run_id: str) -> RunSnapshot:
    """Hide a run from lists; a pipeline is hidden with the last of its runs."""
    pipeline, run = await repository.lock(session, run_id)
    await _archive(session, pipeline, [run])
    return await snapshot(session, run)


async def unarchive(session: AsyncSession, run_id: str) -> RunSnapshot:
    """Show a run in lists again."""
    pipeline, run = await repository.lock(session, run_id)
    await _show(session, pipeline, [run])
    return await snapshot(session, run)


async def archive_pipeline(session: AsyncSession, pipeline: Pipeline) -> None:
    """Hide a pipeline, which is locked, and its runs from lists."""
    await _archive(session, pipeline, await _locked_runs(session, pipeline))


async def unarchive_pipeline(session: AsyncSession, pipeline: Pipeline) -> None:
    """Show a pipeline, which is locked, and its runs in lists again."""
    await _show(session, pipeline, await _locked_runs(session, pipeline))


async def _locked_runs(session: AsyncSession, pipeline: Pipeline) -> list[Run]:
    runs = await repository.of_pipelines(session, [pipeline.id])
    return [await repository.lock_alone(session, run.id) for run in runs]


async def _archive(session: AsyncSession, pipeline: Pipeline, runs: list[Run]) -> None:
    if going := [run.name for run in runs if run.state not in ENDED]:
        names = " and ".join(sorted(going))
        raise Conflict(f"{names} has not ended; what still goes on stays in sight.")
    now = await clock(session)
    for run in runs:
        if run.archived_at is None:
            run.archived_at = now
            run.version += 1
    everything = await repository.of_pipelines(session, [pipeline.id])
    if all(run.archived_at is not None for run in everything):
        pipeline.archived_at = pipeline.archived_at or now
    pipeline.version += 1
    await session.flush()
    wake(session, "runs")


async def _show(session: AsyncSession, pipeline: Pipeline, runs: list[Run]) -> None:
    for run in runs:
        if run.archived_at is not None:
            run.archived_at = None
            run.version += 1
    pipeline.archived_at = None
    pipeline.version += 1
    await session.flush()
    wake(session, "runs")
