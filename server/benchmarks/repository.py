from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.scoping import within
from server.tables import Attempt, BenchmarkScore, BenchmarkVerdicts, Pipeline, Run, RunParent


async def scores(
    session: AsyncSession, actor: Actor, condition: ColumnElement[bool]
) -> Sequence[tuple[BenchmarkScore, Run]]:
    """Scores of some pipelines with their runs: newest pipelines first, runs as in the recipe."""
    query = (
        select(BenchmarkScore, Run)
        .join(Run, Run.id == BenchmarkScore.run_id)
        .join(Pipeline, Pipeline.id == Run.pipeline_id)
        .where(within(Pipeline.project_id, actor), condition)
        .order_by(Pipeline.id.desc(), Run.place, BenchmarkScore.benchmark, BenchmarkScore.arm)
    )
    return [(score, run) for score, run in await session.execute(query)]


async def pipelines(session: AsyncSession, pipeline_ids: Iterable[str]) -> Sequence[Pipeline]:
    return (await session.scalars(select(Pipeline).where(Pipeline.id.in_(pipeline_ids)))).all()


async def edges(session: AsyncSession, pipeline_ids: Iterable[str]) -> dict[str, set[str]]:
    """Parents of every run of these pipelines."""
    query = (
        select(RunParent.run_id, RunParent.parent_id)
        .join(Run, Run.id == RunParent.run_id)
        .where(Run.pipeline_id.in_(pipeline_ids))
    )
    found = defaultdict[str, set[str]](set)
    for run_id, parent_id in await session.execute(query):
        found[run_id].add(parent_id)
    return found


async def seconds(session: AsyncSession, pipeline_ids: Iterable[str]) -> dict[str, float]:
    """Time for which engines worked on each run, over all attempts."""
    query = (
        select(Attempt.run_id, Attempt.started_at, Attempt.ended_at)
        .join(Run, Run.id == Attempt.run_id)
        .where(Run.pipeline_id.in_(pipeline_ids))
    )
    found = defaultdict[str, float](float)
    for run_id, started_at, ended_at in await session.execute(query):
        if started_at is not None and ended_at is not None:
            found[run_id] += (ended_at - started_at).total_seconds()
    return found


async def policies(session: AsyncSession, pipeline_ids: Iterable[str]) -> dict[str, str]:
    """The run that each run of these pipelines has its policy from."""
    query = (
        select(RunParent.run_id, RunParent.parent_id)
        .join(Run, Run.id == RunParent.run_id)
        .where(Run.pipeline_id.in_(pipeline_ids), RunParent.role == "policy")
    )
    return {row.run_id: row.parent_id for row in await session.execute(query)}


class Asked(NamedTuple):
    """What verdicts are on, without the verdicts themselves."""

    run_id: str
    benchmark: str
    arm: str
    attempt: int
    asked: str

    @property
    def key(self) -> tuple[str, str, str]:
        return self.run_id, self.benchmark, self.arm


async def asked(session: AsyncSession, run_ids: Iterable[str]) -> list[Asked]:
    """What these runs were asked."""
    row = BenchmarkVerdicts
    query = select(row.run_id, row.benchmark, row.arm, row.attempt, row.asked).where(
        row.run_id.in_(run_ids)
    )
    return [Asked(*found) for found in await session.execute(query)]


async def verdicts(
    session: AsyncSession, run_ids: Iterable[str]
) -> dict[tuple[str, str, str], BenchmarkVerdicts]:
    """Verdicts on items by run, benchmark and arm."""
    query = select(BenchmarkVerdicts).where(BenchmarkVerdicts.run_id.in_(run_ids))
    return {(row.run_id, row.benchmark, row.arm): row for row in await session.scalars(query)}
