from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from server.database import UPDATE_LOCK
from server.errors import Conflict, NotFound
from server.identifiers import new_id
from server.projects import repository
from server.projects.schemas import NewProject, ProjectSnapshot
from server.runs.snapshots import columns
from server.schemas import Page
from server.tables import Project

DEFAULT = "default"


async def page(session: AsyncSession, limit: int, after: str | None) -> Page[ProjectSnapshot]:
    rows = await repository.page(session, limit + 1, after)
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


async def lock(session: AsyncSession, project_id: str | None) -> Project:
    """Return the project, the default one if none is named, locked until the commit."""
    if project_id is None:
        default = await repository.oldest(session)
        project_id = default.id if default else DEFAULT
    project = await session.get(
        Project, project_id, with_for_update=UPDATE_LOCK, populate_existing=True
    )
    if project is None:
        raise NotFound("project", project_id)
    return project


async def create_default(session: AsyncSession) -> None:
    """See to it that there is a project to launch in."""
    if await repository.oldest(session) is None:
        session.add(Project(id=new_id("prj"), name=DEFAULT))


def _snapshot(project: Project) -> ProjectSnapshot:
    return ProjectSnapshot.model_validate(columns(project))
