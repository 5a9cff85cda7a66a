"""Who needs a checkpoint, or a run: what living runs and descendants need is not deleted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from server.runs.lifecycle import ENDED
from server.tables import Checkpoint, CheckpointName, Pipeline, Run, RunParent, RunSource

LIVING = "succeeded"
"""A child that has succeeded has taken what it needed; any other may still be executed."""


def called(run: Run, pipeline: Pipeline) -> str:
    """What a run is called in a refusal."""
    return f"{run.name} of {pipeline.name} #{pipeline.number}"


async def needed_by(
    session: AsyncSession, checkpoints: Sequence[Checkpoint]
) -> dict[str, list[str]]:
    """Return by checkpoint who needs it, of those that somebody needs."""
    found = defaultdict[str, list[str]](list)
    ids = [checkpoint.id for checkpoint in checkpoints]
    aliases = select(CheckpointName).where(CheckpointName.checkpoint_id.in_(ids))
    for alias in await session.scalars(aliases):
        found[alias.checkpoint_id].append(f"its name {alias.name}")
    forks = (
        select(RunSource.checkpoint_id, Run, Pipeline)
        .join(Run, Run.id == RunSource.run_id)
        .join(Pipeline, Pipeline.id == Run.pipeline_id)
        .where(RunSource.checkpoint_id.in_(ids), Run.state != LIVING)
    )
    for checkpoint_id, run, pipeline in await session.execute(forks):
        found[checkpoint_id].append(called(run, pipeline))
    for checkpoint_id, names in (await _within_pipeline(session, checkpoints)).items():
        found[checkpoint_id] += names
    return dict(found)


async def _within_pipeline(
    session: AsyncSession, checkpoints: Sequence[Checkpoint]
) -> dict[str, list[str]]:
    """A run that has not ended needs its own checkpoints, and its children what it exported."""
    run_ids = {checkpoint.run_id for checkpoint in checkpoints}
    own = (
        select(Run, Pipeline)
        .join(Pipeline, Pipeline.id == Run.pipeline_id)
        .where(Run.id.in_(run_ids), Run.state.not_in(ENDED))
    )
    going = {run.id: called(run, pipeline) for run, pipeline in await session.execute(own)}
    child = aliased(Run)
    waiting = (
        select(RunParent.parent_id, RunParent.role, child, Pipeline)
        .join(child, child.id == RunParent.run_id)
        .join(Pipeline, Pipeline.id == child.pipeline_id)
        .where(RunParent.parent_id.in_(run_ids), child.state != LIVING)
    )
    children = defaultdict[tuple[str, str], list[str]](list)
    for parent_id, role, run, pipeline in await session.execute(waiting):
        children[parent_id, role].append(called(run, pipeline))
    found = {}
    for checkpoint in checkpoints:
        names = [going[checkpoint.run_id]] if checkpoint.run_id in going else []
        if checkpoint.kind == "exported":
            names += children[checkpoint.run_id, checkpoint.role]
        if names:
            found[checkpoint.id] = names
    return found


async def refusals(session: AsyncSession, run_ids: Collection[str]) -> list[str]:
    """Return why these runs cannot be deleted together; empty if they can."""
    by_run = await refusals_by_run(session, run_ids)
    return list(dict.fromkeys(reason for reasons in by_run.values() for reason in reasons))


async def refusals_by_run(session: AsyncSession, run_ids: Collection[str]) -> dict[str, list[str]]:
    """Return by run why it cannot be deleted together with the others, where it cannot."""
    found = defaultdict[str, list[str]](list)
    going = (
        select(Run, Pipeline)
        .join(Pipeline, Pipeline.id == Run.pipeline_id)
        .where(Run.id.in_(run_ids), Run.state.not_in(ENDED))
    )
    for run, pipeline in await session.execute(going):
        found[run.id].append(f"{called(run, pipeline)} is {run.state}; cancel it first")
    children = (
        select(RunParent.parent_id, Run, Pipeline)
        .join(Run, Run.id == RunParent.run_id)
        .join(Pipeline, Pipeline.id == Run.pipeline_id)
        .where(RunParent.parent_id.in_(run_ids), Run.id.not_in(run_ids))
    )
    forks = (
        select(Checkpoint.run_id, Run, Pipeline)
        .join(RunSource, RunSource.checkpoint_id == Checkpoint.id)
        .join(Run, Run.id == RunSource.run_id)
        .join(Pipeline, Pipeline.id == Run.pipeline_id)
        .where(Checkpoint.run_id.in_(run_ids), Run.id.not_in(run_ids))
    )
    for query in (children, forks):
        for run_id, run, pipeline in await session.execute(query):
            found[run_id].append(f"{called(run, pipeline)} started from it; delete that first")
    aliases = (
        select(Checkpoint.run_id, CheckpointName.name)
        .join(Checkpoint, Checkpoint.id == CheckpointName.checkpoint_id)
        .where(Checkpoint.run_id.in_(run_ids))
    )
    for run_id, name in await session.execute(aliases):
        found[run_id].append(f"a checkpoint of it is named {name}; take the name away first")
    return {run_id: list(dict.fromkeys(reasons)) for run_id, reasons in found.items()}
