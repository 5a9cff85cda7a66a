from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.benchmarks import repository
from server.benchmarks.schemas import ArmResult, Results
from server.pipelines import repository as pipelines
from server.tables import BenchmarkScore, Run


async def of_pipeline(session: AsyncSession, actor: Actor, pipeline_id: str) -> Results:
    await pipelines.find(session, pipeline_id)
    return await _table(session, await repository.scores(session, actor, pipeline_id, None))


async def of_project(session: AsyncSession, actor: Actor, project_id: str | None) -> Results:
    return await _table(session, await repository.scores(session, actor, None, project_id))


async def _table(session: AsyncSession, rows: Sequence[tuple[BenchmarkScore, Run]]) -> Results:
    pipeline_ids = {run.pipeline_id for _, run in rows}
    parents = await repository.edges(session, pipeline_ids)
    seconds = await repository.seconds(session, pipeline_ids)
    arms = [
        ArmResult(
            arm=score.arm,
            run_id=run.id,
            pipeline_id=run.pipeline_id,
            benchmark=score.benchmark,
            scores=score.scores,
            supervision=score.supervision,
            majority=score.majority,
            # Evaluating is no training: only what the policy came from counts.
            seconds=sum(seconds.get(other, 0.0) for other in ancestors(run.id, parents)),
        )
        for score, run in rows
    ]
    return Results(benchmarks=sorted({arm.benchmark for arm in arms}), arms=arms)


def ancestors(run_id: str, parents: Mapping[str, set[str]]) -> set[str]:
    """Return every run that the run waited for, directly or not."""
    found: set[str] = set()
    waiting = [run_id]
    while waiting:
        for parent in parents.get(waiting.pop(), set()):
            if parent not in found:
                found.add(parent)
                waiting.append(parent)
    return found
