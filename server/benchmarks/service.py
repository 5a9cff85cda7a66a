from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import true
from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.benchmarks import repository
from server.benchmarks.comparisons import Key, compared
from server.benchmarks.schemas import (
    ArmResult,
    ComparedResult,
    Comparison,
    PairedDifference,
    Results,
)
from server.pipelines import repository as pipelines
from server.runs import repository as run_repository
from server.tables import BenchmarkScore, Pipeline, Run

Scored = Sequence[tuple[BenchmarkScore, Run]]


async def of_pipeline(
    session: AsyncSession, actor: Actor, pipeline_id: str, baseline: str | None
) -> Results:
    await pipelines.find(session, pipeline_id)
    rows = await repository.scores(session, actor, Pipeline.id == pipeline_id)
    return await _table(session, rows, baseline)


async def of_study(
    session: AsyncSession, actor: Actor, study_id: str, baseline: str | None
) -> Results:
    rows = await repository.scores(session, actor, Pipeline.study_id == study_id)
    return await _table(session, rows, baseline)


async def of_project(
    session: AsyncSession, actor: Actor, project_id: str | None, baseline: str | None
) -> Results:
    condition = Pipeline.project_id == project_id if project_id else true()
    rows = await repository.scores(session, actor, condition)
    return await _table(session, rows, baseline)


async def of_runs(
    session: AsyncSession, actor: Actor, run_ids: Sequence[str], baseline: str | None
) -> Comparison:
    chosen = baseline if baseline and baseline in run_ids else run_ids[0]
    found = await run_repository.readable(session, actor, run_ids)
    pipeline_ids = {run.pipeline_id for run in found}
    rows = await repository.scores(session, actor, Pipeline.id.in_(pipeline_ids))
    policies = await repository.policies(session, pipeline_ids)
    scored = {
        run_id: {
            score.benchmark: _key(score)
            for score, run in rows
            if run_id == run.id or policies.get(run.id) == run_id
        }
        for run_id in run_ids
    }
    others = {
        key: scored[chosen][benchmark]
        for run_id, keys in scored.items()
        for benchmark, key in keys.items()
        if run_id != chosen and benchmark in scored[chosen]
    }
    table = await _rows_of_table(session, rows, await compared(session, others))
    by_key = {(arm.run_id, arm.benchmark, arm.arm): arm for arm in table}
    results = [
        ComparedResult(compared=run_id, result=by_key[key])
        for run_id, keys in scored.items()
        for key in keys.values()
    ]
    benchmarks = sorted({each.result.benchmark for each in results})
    return Comparison(benchmarks=benchmarks, baseline=chosen, results=results)


async def _table(session: AsyncSession, rows: Scored, baseline: str | None) -> Results:
    pipeline_ids = {run.pipeline_id for _, run in rows}
    policies = {} if baseline else await repository.policies(session, pipeline_ids)
    others = of_arm(rows, baseline) if baseline else of_parents(rows, policies)
    arms = await _rows_of_table(session, rows, await compared(session, others))
    return Results(benchmarks=sorted({arm.benchmark for arm in arms}), arms=arms)


async def _rows_of_table(
    session: AsyncSession, rows: Scored, pairs: Mapping[Key, PairedDifference]
) -> list[ArmResult]:
    pipeline_ids = {run.pipeline_id for _, run in rows}
    parents = await repository.edges(session, pipeline_ids)
    seconds = await repository.seconds(session, pipeline_ids)
    of = {pipeline.id: pipeline for pipeline in await repository.pipelines(session, pipeline_ids)}
    return [
        ArmResult(
            arm=score.arm,
            run_id=run.id,
            pipeline_id=run.pipeline_id,
            seed=of[run.pipeline_id].seed,
            study_id=of[run.pipeline_id].study_id,
            benchmark=score.benchmark,
            scores=score.scores,
            supervision=score.supervision,
            majority=score.majority,
            # Evaluating is no training: only what the policy came from counts.
            seconds=sum(seconds.get(other, 0.0) for other in ancestors(run.id, parents)),
            paired=pairs.get(_key(score)),
        )
        for score, run in rows
    ]


def _key(score: BenchmarkScore) -> Key:
    return score.run_id, score.benchmark, score.arm


def of_arm(rows: Scored, arm: str) -> dict[Key, Key]:
    """For every score that of the arm with this name, in the same pipeline and benchmark."""
    known = {
        (run.pipeline_id, score.benchmark): _key(score) for score, run in rows if score.arm == arm
    }
    return {
        _key(score): other
        for score, run in rows
        if (other := known.get((run.pipeline_id, score.benchmark))) and other != _key(score)
    }


def of_parents(rows: Scored, policies: Mapping[str, str]) -> dict[Key, Key]:
    """For every score that of the policy which its own was trained from, on the same benchmark."""
    evaluated = {
        (policies[run.id], score.benchmark): _key(score)
        for score, run in reversed(rows)
        if run.id in policies
    }
    found: dict[Key, Key] = {}
    for score, run in rows:
        parent = policies.get(policies.get(run.id, ""), "")
        if parent and (other := evaluated.get((parent, score.benchmark))):
            found[_key(score)] = other
    return found


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
