from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.errors import NotFound
from server.scoping import within
from server.tables import SavedView


async def readable(session: AsyncSession, actor: Actor) -> Sequence[SavedView]:
    query = select(SavedView).where(within(SavedView.project_id, actor)).order_by(SavedView.id)
    return (await session.scalars(query)).all()


async def find(session: AsyncSession, project_id: str, view_id: str) -> SavedView:
    view = await session.get(SavedView, view_id)
    if view is None or view.project_id != project_id:
        raise NotFound("view", view_id)
    return view


async def named(session: AsyncSession, project_id: str, name: str) -> SavedView | None:
    query = select(SavedView).where(SavedView.project_id == project_id, SavedView.name == name)
    return (await session.scalars(query)).one_or_none()
