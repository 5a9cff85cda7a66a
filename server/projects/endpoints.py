from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, status

from server.access import Administrator, Reader
from server.parts import Reading, Writing
from server.projects import service
from server.projects.schemas import NewProject, ProjectSnapshot
from server.schemas import Page

router = APIRouter(prefix="/projects", tags=["projects"])


@router.get("")
async def list_projects(
    actor: Reader,
    session: Reading,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: str | None = None,
) -> Page[ProjectSnapshot]:
    """Projects."""
    return await service.page(session, actor, limit, after)


@router.post("", status_code=status.HTTP_201_CREATED)
async def create_project(
    body: NewProject, actor: Administrator, session: Writing
) -> ProjectSnapshot:
    """Make a space for a team."""
    return await service.create(session, body)


@router.get("/{project_id}")
async def get_project(project_id: str, actor: Reader, session: Reading) -> ProjectSnapshot:
    """A project."""
    return await service.get(session, project_id)
