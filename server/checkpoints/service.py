from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.checkpoints import repository
from server.checkpoints.files import Archive
from server.checkpoints.schemas import CheckpointSnapshot, NamedCheckpoint, NewCheckpoint
from server.database import clock
from server.errors import Conflict, Invalid, NotFound, Superseded
from server.runs import repository as runs
from server.runs.service import settle
from server.runs.snapshots import columns
from server.schemas import FieldProblem, Page
from server.tables import Checkpoint, CheckpointName, Pipeline, Run
from server.workers import repository as workers
from server.workers.service import superseded

if TYPE_CHECKING:
    from server.parts import Parts


async def page(session: AsyncSession, run_id: str) -> Page[CheckpointSnapshot]:
    await runs.find(session, run_id)
    return Page(data=await _snapshots(session, await repository.page(session, run_id)))


async def get(session: AsyncSession, checkpoint_id: str) -> CheckpointSnapshot:
    found = await repository.find(session, checkpoint_id)
    return (await _snapshots(session, [found]))[0]


async def _snapshots(session: AsyncSession, rows: Sequence[Checkpoint]) -> list[CheckpointSnapshot]:
    names = await repository.names(session, [row.id for row in rows])
    return [
        CheckpointSnapshot.model_validate(columns(row) | {"names": names.get(row.id, [])})
        for row in rows
    ]


async def archive(parts: Parts, checkpoint_id: str) -> tuple[str, Archive]:
    """Return the name of an archive of a durable checkpoint, and the archive."""
    async with parts.database.reading() as session:
        checkpoint = await repository.find(session, checkpoint_id)
        run = await runs.find(session, checkpoint.run_id)
    if checkpoint.location is None or checkpoint.manifest is None:
        raise Conflict(f"Checkpoint {checkpoint_id} is not in the artifact store.")
    name = f"{run.name}-{checkpoint.step}-{checkpoint.kind}-{checkpoint.role}"
    saved_at = checkpoint.created_at
    return name, await parts.checkpoints.archive(
        checkpoint.location, checkpoint.manifest, name, saved_at
    )


async def named(session: AsyncSession, project_id: str) -> Page[NamedCheckpoint]:
    rows = await repository.named(session, project_id)
    shown = await _snapshots(session, [checkpoint for _, checkpoint, _, _ in rows])
    return Page(
        data=[
            NamedCheckpoint(
                name=alias.name,
                created_by=alias.created_by,
                created_at=alias.created_at,
                checkpoint=snapshot,
                run=run.name,
                pipeline_id=pipeline.id,
                pipeline=pipeline.name,
                number=pipeline.number,
            )
            for (alias, _, run, pipeline), snapshot in zip(rows, shown, strict=True)
        ]
    )


async def promote(
    session: AsyncSession, project_id: str, name: str, checkpoint_id: str, actor: Actor
) -> NamedCheckpoint:
    """Give a durable checkpoint of the project a name, taking it from whichever had it."""
    if name.startswith("ckp_"):
        message = "looks like an id; choose another name"
        raise Invalid(f"{name} {message}", [FieldProblem(field="checkpoint_name", message=message)])
    checkpoint = await repository.usable(session, checkpoint_id)
    owner = checkpoint and (await session.get_one(Run, checkpoint.run_id)).pipeline_id
    if owner is None or (await session.get_one(Pipeline, owner)).project_id != project_id:
        message = f"there is no durable checkpoint {checkpoint_id} in this project"
        raise Invalid(message, [FieldProblem(field="checkpoint_id", message=message)])
    now = await clock(session)
    alias = await session.get(CheckpointName, (project_id, name))
    if alias is None:
        alias = CheckpointName(project_id=project_id, name=name)
        session.add(alias)
    alias.checkpoint_id, alias.created_by, alias.created_at = checkpoint_id, actor.name, now
    await session.flush()
    found = await named(session, project_id)
    return next(entry for entry in found.data if entry.name == name)


async def demote(session: AsyncSession, project_id: str, name: str) -> None:
    alias = await session.get(CheckpointName, (project_id, name))
    if alias is None:
        raise NotFound("checkpoint named", name)
    await session.delete(alias)


async def make_durable(
    session: AsyncSession, attempt_id: str, body: NewCheckpoint, actor: Actor
) -> CheckpointSnapshot:
    attempt = await workers.leased(session, attempt_id, actor)
    pipeline, run = await runs.lock(session, attempt.run_id)
    await session.refresh(attempt)
    if superseded(run, attempt):
        raise Superseded(attempt.number, run.attempt)
    checkpoint = await repository.record(
        session, attempt, body.step, body.kind, body.role, body.size
    )
    now = await clock(session)
    checkpoint.location, checkpoint.manifest = body.location, body.manifest
    checkpoint.size, checkpoint.durable_at = body.size, checkpoint.durable_at or now
    run.version += 1
    # A child may have waited for just this one.
    await settle(session, pipeline, now)
    return (await _snapshots(session, [checkpoint]))[0]
