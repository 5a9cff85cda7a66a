from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.errors import NotFound
from server.identifiers import new_id
from server.tables import Attempt, Checkpoint, CheckpointName, Pipeline, Run, RunSource


async def page(session: AsyncSession, run_id: str) -> Sequence[Checkpoint]:
    query = (
        select(Checkpoint)
        .where(Checkpoint.run_id == run_id)
        .order_by(Checkpoint.step.desc(), Checkpoint.attempt.desc(), Checkpoint.kind)
    )
    return (await session.scalars(query)).all()


async def record(
    session: AsyncSession, attempt: Attempt, step: int, kind: str, role: str, size: int
) -> Checkpoint:
    """Return the row of a checkpoint, made now if it is not known yet."""
    query = select(Checkpoint).where(
        Checkpoint.run_id == attempt.run_id,
        Checkpoint.attempt == attempt.number,
        Checkpoint.step == step,
        Checkpoint.kind == kind,
        Checkpoint.role == role,
    )
    known = (await session.scalars(query)).one_or_none()
    if known is not None:
        return known
    checkpoint = Checkpoint(
        id=new_id("ckp"),
        run_id=attempt.run_id,
        attempt=attempt.number,
        step=step,
        kind=kind,
        role=role,
        size=size,
    )
    session.add(checkpoint)
    await session.flush()
    return checkpoint


async def usable(session: AsyncSession, checkpoint_id: str) -> Checkpoint | None:
    """Return the checkpoint if others may use it, and keep it from being deleted meanwhile."""
    query = (
        select(Checkpoint)
        .where(Checkpoint.id == checkpoint_id, Checkpoint.durable_at.is_not(None))
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(query)).one_or_none()


async def newest_export(session: AsyncSession, run_id: str, role: str) -> Checkpoint | None:
    """Return the newest durable exported checkpoint of a run in a role."""
    query = (
        select(Checkpoint)
        .join(Run, Run.id == Checkpoint.run_id)
        .where(
            Checkpoint.run_id == run_id,
            Checkpoint.role == role,
            Checkpoint.kind == "exported",
            Checkpoint.durable_at.is_not(None),
            Checkpoint.attempt > Run.restarted_after,
        )
        .order_by(Checkpoint.attempt.desc(), Checkpoint.step.desc())
        .limit(1)
    )
    return (await session.scalars(query)).one_or_none()


async def resumable(session: AsyncSession, run_id: str) -> Sequence[Checkpoint]:
    """Return the durable resumable checkpoints of a run, the newest first."""
    query = (
        select(Checkpoint)
        .where(
            Checkpoint.run_id == run_id,
            Checkpoint.kind == "resumable",
            Checkpoint.durable_at.is_not(None),
        )
        .order_by(Checkpoint.step.desc(), Checkpoint.attempt.desc())
    )
    return (await session.scalars(query)).all()


async def sources_of(session: AsyncSession, run_id: str) -> dict[str, Checkpoint]:
    """Return by role the checkpoints of other pipelines that a run starts from."""
    query = (
        select(RunSource.role, Checkpoint)
        .join(Checkpoint, Checkpoint.id == RunSource.checkpoint_id)
        .where(RunSource.run_id == run_id)
    )
    rows = await session.execute(query)
    return dict(rows.all())


async def find(session: AsyncSession, checkpoint_id: str) -> Checkpoint:
    checkpoint = await session.get(Checkpoint, checkpoint_id)
    if checkpoint is None:
        raise NotFound("checkpoint", checkpoint_id)
    return checkpoint


async def names(session: AsyncSession, checkpoint_ids: Iterable[str]) -> dict[str, list[str]]:
    """The names that each checkpoint was given."""
    query = (
        select(CheckpointName.checkpoint_id, CheckpointName.name)
        .where(CheckpointName.checkpoint_id.in_(checkpoint_ids))
        .order_by(CheckpointName.name)
    )
    found = defaultdict[str, list[str]](list)
    for checkpoint_id, name in await session.execute(query):
        found[checkpoint_id].append(name)
    return found


async def named(
    session: AsyncSession, project_id: str
) -> Sequence[tuple[CheckpointName, Checkpoint, Run, Pipeline]]:
    """The named checkpoints of a project with where each comes from, by name."""
    query = (
        select(CheckpointName, Checkpoint, Run, Pipeline)
        .join(Checkpoint, Checkpoint.id == CheckpointName.checkpoint_id)
        .join(Run, Run.id == Checkpoint.run_id)
        .join(Pipeline, Pipeline.id == Run.pipeline_id)
        .where(CheckpointName.project_id == project_id)
        .order_by(CheckpointName.name)
    )
    return (await session.execute(query)).all()
