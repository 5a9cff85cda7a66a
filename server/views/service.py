from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.errors import Conflict
from server.identifiers import new_id
from server.runs.order import read_order
from server.runs.snapshots import columns
from server.schemas import Page
from server.search.conditions import search
from server.tables import SavedView
from server.views import repository
from server.views.schemas import NewView, ViewSnapshot


async def readable(session: AsyncSession, actor: Actor) -> Page[ViewSnapshot]:
    return Page(data=[_snapshot(row) for row in await repository.readable(session, actor)])


async def create(
    session: AsyncSession, actor: Actor, project_id: str, body: NewView
) -> ViewSnapshot:
    await _require_good(session, project_id, body, None)
    view = SavedView(
        id=new_id("viw"), project_id=project_id, created_by=actor.name, **body.model_dump()
    )
    session.add(view)
    await session.flush()
    return _snapshot(view)


async def replace(
    session: AsyncSession, project_id: str, view_id: str, body: NewView
) -> ViewSnapshot:
    view = await repository.find(session, project_id, view_id)
    await _require_good(session, project_id, body, view.id)
    view.name, view.filter, view.sort, view.columns = (
        body.name,
        body.filter,
        body.sort,
        body.columns,
    )
    await session.flush()
    return _snapshot(view)


async def delete(session: AsyncSession, project_id: str, view_id: str) -> None:
    await session.delete(await repository.find(session, project_id, view_id))


async def _require_good(
    session: AsyncSession, project_id: str, body: NewView, own_id: str | None
) -> None:
    """Refuse what the list of runs would refuse, and a name that another view has."""
    await search(session, body.filter)
    if body.sort is not None:
        await read_order(session, body.sort)
    named = await repository.named(session, project_id, body.name)
    if named is not None and named.id != own_id:
        raise Conflict(f"There is a view named {body.name} already.")


def _snapshot(view: SavedView) -> ViewSnapshot:
    return ViewSnapshot.model_validate(columns(view))
