from __future__ import annotations

from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.errors import NoRoom
from server.schemas import Page
from server.scoping import within
from server.settings import Settings
from server.storage import repository
from server.storage.disk import GIB, disk_of
from server.storage.schemas import (
    DiskSnapshot,
    LargeRun,
    NewStorageQuota,
    StorageKind,
    StorageSnapshot,
    StorageUse,
)
from server.tables import Project

KINDS: tuple[Literal["resumable", "exported", "image"], ...] = ("resumable", "exported", "image")

MOST = 10
"""So many of the largest runs are shown."""


def disk(settings: Settings) -> DiskSnapshot:
    found = disk_of(settings)
    return DiskSnapshot(
        state=found.state,
        free_bytes=found.free,
        total_bytes=found.total,
        reserve_bytes=found.reserve,
    )


async def page(session: AsyncSession, actor: Actor) -> Page[StorageSnapshot]:
    visible = within(Project.id, actor)
    projects = await session.scalars(select(Project).where(visible).order_by(Project.name))
    used = await repository.used(session, visible)
    return Page(data=[_snapshot(project, used) for project in projects])


async def set_quota(
    session: AsyncSession, project_id: str, body: NewStorageQuota
) -> StorageSnapshot:
    project = await session.get_one(Project, project_id)
    project.max_artifact_bytes = body.max_artifact_bytes
    await session.flush()
    return _snapshot(project, await repository.used(session, Project.id == project_id))


async def use(session: AsyncSession, project_id: str) -> StorageUse:
    project = await session.get_one(Project, project_id)
    used = await repository.used(session, Project.id == project_id)
    kinds = await repository.by_kind(session, project_id)
    return StorageUse(
        **_snapshot(project, used).model_dump(),
        kinds=[
            StorageKind(kind=kind, count=kinds[kind][0], bytes=kinds[kind][1])
            for kind in KINDS
            if kind in kinds
        ],
        largest=[
            LargeRun(
                run_id=run.id,
                run=run.name,
                pipeline_id=pipeline.id,
                pipeline=pipeline.name,
                number=pipeline.number,
                checkpoints=count,
                bytes=size,
            )
            for run, pipeline, count, size in await repository.largest(session, project_id, MOST)
        ],
    )


async def require_quota(session: AsyncSession, project: Project) -> None:
    """Refuse what would add artifacts to a project that has used up its quota."""
    if project.max_artifact_bytes is None:
        return
    used = (await repository.used(session, Project.id == project.id)).get(project.id, 0)
    if used >= project.max_artifact_bytes:
        raise NoRoom(
            f"Project {project.name} has {used / GIB:.2f} GiB of artifacts, and its quota is "
            f"{project.max_artifact_bytes / GIB:.2f} GiB: delete checkpoints, or ask an "
            "administrator for more."
        )


def _snapshot(project: Project, used: dict[str, int]) -> StorageSnapshot:
    return StorageSnapshot(
        project_id=project.id,
        project=project.name,
        artifact_bytes=used.get(project.id, 0),
        max_artifact_bytes=project.max_artifact_bytes,
    )
