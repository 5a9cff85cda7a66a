from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.database import UPDATE_LOCK
from server.errors import Conflict, Forbidden, NotFound
from server.identifiers import new_id
from server.projects import repository
from server.projects.schemas import NewProject, ProjectSnapshot
from server.runs.snapshots import columns
from server.schemas import Page
from server.storage.service import require_quota
from server.tables import Project

DEFAULT = "default"


async def page(
    session: AsyncSession, actor: Actor, limit: int, after: str | None
) -> Page[ProjectSnapshot]:
    rows = await repository.page(session, actor, limit + 1, after)
    shown = [_snapshot(row) for row in rows[:limit]]
    return Page(data=shown, next_cursor=shown[-1].id if len(rows) > limit else None)


async def create(session: AsyncSession, body: NewProject) -> ProjectSnapshot:
    if await repository.named(session, body.name):
        raise Conflict(f"There is a project named {body.name} already.")
    project = Project(id=new_id("prj"), name=body.name)
    session.add(project)
    await session.flush()
    return _snapshot(project)


async def get(session: AsyncSession, project_id: str) -> ProjectSnapshot:
    project = await session.get(Project, project_id)
    if project is None:
        raise NotFound("project", project_id)
    return _snapshot(project)


async def lock_to_launch(session: AsyncSession, actor: Actor, project_id: str | None) -> Project:
    """Return the project locked until the commit; if none is named, the oldest one to launch in.

    Raises:
        NotFound: there is no such project for the actor.
        Forbidden: the actor sees the project but may not launch in it.
        NoRoom: its quota of artifacts is used.
    """
    if project_id is None:
        oldest = await repository.oldest_to_launch(session, actor)
        project_id = oldest.id if oldest else DEFAULT
    if not actor.may("read", project_id):
        raise NotFound("project", project_id)
    if not actor.may("launch", project_id):
        raise Forbidden(f"{actor.name} has no permission to launch here.")
    project = await session.get(
        Project, project_id, with_for_update=UPDATE_LOCK, populate_existing=True
    )
    if project is None:
        raise NotFound("project", project_id)
    await require_quota(session, project)
    return project


async def create_default(session: AsyncSession) -> None:
    """See to it that there is a project to launch in."""
    if await repository.oldest(session) is None:
        session.add(Project(id=new_id("prj"), name=DEFAULT))


def _snapshot(project: Project) -> ProjectSnapshot:
    return ProjectSnapshot.model_validate(columns(project))
