"""What a project's policy is against, and a duty that has it go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.database import Database, clock
from server.errors import Conflict
from server.retention.deletion import (
    delete_checkpoint,
    delete_metrics,
    delete_samples,
    sum_up,
)
from server.retention.needs import needed_by
from server.retention.schemas import Needed, Removal, Retention
from server.runs.lifecycle import ENDED
from server.tables import (
    Checkpoint,
    MetricChunk,
    MetricTail,
    Pipeline,
    Project,
    Run,
    StepSample,
)

log = structlog.get_logger()


@dataclass(frozen=True)
class Overdue:
    """What a policy is against."""

    checkpoints: Sequence[Checkpoint]
    sample_runs: Sequence[str]
    metric_runs: Sequence[str]
    kept: Sequence[Needed]


async def overdue(
    session: AsyncSession, project_id: str, policy: Retention, now: datetime
) -> Overdue:
    """Find what a project's policy is against, without what somebody needs."""
    found = [
        *await _old_checkpoints(session, project_id, policy.checkpoints_days, now),
        *await _surplus_checkpoints(session, project_id, policy.checkpoints_kept),
    ]
    unique = list({checkpoint.id: checkpoint for checkpoint in found}.values())
    needs = await needed_by(session, unique)
    return Overdue(
        checkpoints=[one for one in unique if one.id not in needs],
        sample_runs=await _runs_with(session, project_id, policy.samples_days, now, StepSample),
        metric_runs=sorted(
            {
                *await _runs_with(session, project_id, policy.metrics_days, now, MetricChunk),
                *await _runs_with(session, project_id, policy.metrics_days, now, MetricTail),
            }
        ),
        kept=[
            Needed(
                checkpoint_id=one.id, run=one.run_id, step=one.step, needed_by=needs[one.id]
            )
            for one in unique
            if one.id in needs
        ],
    )  # fmt: skip


async def preview(session: AsyncSession, project_id: str, policy: Retention) -> Removal:
    """Say what a policy would remove at this moment."""
    found = await overdue(session, project_id, policy, await clock(session))
    losing = {one.run_id for one in found.checkpoints}
    removal = await sum_up(
        session,
        runs=len(losing | set(found.sample_runs) | set(found.metric_runs)),
        checkpoints=found.checkpoints,
        sample_runs=found.sample_runs,
        metric_runs=found.metric_runs,
        refused=[],
    )
    return removal.model_copy(update={"kept": list(found.kept)})


async def apply_policies(database: Database) -> None:
    """Have go what the projects' policies are against, each in a transaction of its own."""
    async with database.reading() as session:
        policies = {
            project.id: Retention.model_validate(project.retention)
            for project in await session.scalars(select(Project))
            if project.retention
        }
    for project_id, policy in policies.items():
        async with database.reading() as session:
            found = await overdue(session, project_id, policy, await clock(session))
        for checkpoint in found.checkpoints:
            await _delete_checkpoint(database, checkpoint.id)
        for run_id in found.sample_runs:
            async with database.writing(patient=True) as session:
                await delete_samples(session, run_id)
        for run_id in found.metric_runs:
            async with database.writing(patient=True) as session:
                await delete_metrics(session, run_id)
        if found.checkpoints or found.sample_runs or found.metric_runs:
            log.info(
                "a retention policy was applied",
                project=project_id,
                checkpoints=len(found.checkpoints),
                sample_runs=len(found.sample_runs),
                metric_runs=len(found.metric_runs),
            )


async def _delete_checkpoint(database: Database, checkpoint_id: str) -> None:
    try:
        async with database.writing(patient=True) as session:
            await delete_checkpoint(session, checkpoint_id)
    except Conflict as error:
        # Somebody has begun to need it since it was looked at.
        log.info("a checkpoint stays", checkpoint=checkpoint_id, reason=error.detail)


def _ended(project_id: str) -> tuple[ColumnElement[bool], ...]:
    return (Pipeline.project_id == project_id, Run.state.in_(ENDED))


async def _old_checkpoints(
    session: AsyncSession, project_id: str, days: int | None, now: datetime
) -> Sequence[Checkpoint]:
    if days is None:
        return []
    query = (
        select(Checkpoint)
        .join(Run, Run.id == Checkpoint.run_id)
        .join(Pipeline, Pipeline.id == Run.pipeline_id)
        .where(
            *_ended(project_id),
            Run.finished_at < now - timedelta(days=days),
            Checkpoint.durable_at.is_not(None),
        )
    )
    return (await session.scalars(query)).all()


async def _surplus_checkpoints(
    session: AsyncSession, project_id: str, kept: int | None
) -> list[Checkpoint]:
    """Return the resumable checkpoints of ended runs but the newest few of each."""
    if kept is None:
        return []
    query = (
        select(Checkpoint)
        .join(Run, Run.id == Checkpoint.run_id)
        .join(Pipeline, Pipeline.id == Run.pipeline_id)
        .where(
            *_ended(project_id),
            Checkpoint.kind == "resumable",
            Checkpoint.durable_at.is_not(None),
        )
        .order_by(Checkpoint.run_id, Checkpoint.step.desc(), Checkpoint.attempt.desc())
    )
    surplus = []
    seen = dict[str, int]()
    for checkpoint in await session.scalars(query):
        seen[checkpoint.run_id] = seen.get(checkpoint.run_id, 0) + 1
        if seen[checkpoint.run_id] > kept:
            surplus.append(checkpoint)
    return surplus


async def _runs_with(
    session: AsyncSession, project_id: str, days: int | None, now: datetime, table: type[Any]
) -> Sequence[str]:
    """Ids of the ended runs, older than so many days, of which a table holds anything."""
    if days is None:
        return []
    query = (
        select(Run.id)
        .join(Pipeline, Pipeline.id == Run.pipeline_id)
        .where(
            *_ended(project_id),
            Run.finished_at < now - timedelta(days=days),
            select(table.run_id).where(table.run_id == Run.id).correlate(Run).exists(),
        )
        .order_by(Run.id)
    )
    return (await session.scalars(query)).all()
