from __future__ import annotations

from fastapi import APIRouter, status

from server.access import Launcher, Reader
from server.parts import Reading, Writing
from server.schemas import Page
from server.views import service
from server.views.schemas import NewView, ViewSnapshot

router = APIRouter(tags=["views"])


@router.get("/views")
async def list_views(actor: Reader, session: Reading) -> Page[ViewSnapshot]:
    """Saved views of the list of runs in all projects that one may read, oldest first."""
    return await service.readable(session, actor)


@router.post("/projects/{project_id}/views", status_code=status.HTTP_201_CREATED)
async def create_view(
    project_id: str, body: NewView, actor: Launcher, session: Writing
) -> ViewSnapshot:
    """Give a way to look at the list of runs a name, for everybody in the project."""
    return await service.create(session, actor, project_id, body)


@router.put("/projects/{project_id}/views/{view_id}")
async def replace_view(
    project_id: str, view_id: str, body: NewView, actor: Launcher, session: Writing
) -> ViewSnapshot:
    """Have a view show something else, or call it otherwise."""
    return await service.replace(session, project_id, view_id, body)


@router.delete("/projects/{project_id}/views/{view_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_view(project_id: str, view_id: str, actor: Launcher, session: Writing) -> None:
    """Forget a view; what it showed stays."""
    await service.delete(session, project_id, view_id)
