from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.scoping import within
from server.tables import Project


async def oldest(session: AsyncSession) -> Project | None:
    query = select(Project).order_by(Project.id).limit(1)
    return (await session.scalars(query)).one_or_none()


async def oldest_to_launch(session: AsyncSession, actor: Actor) -> Project | None:
    query = select(Project).where(within(Project.id, actor, "launch")).order_by(Project.id).limit(1)
    return (await session.scalars(query)).one_or_none()


async def named(session: AsyncSession, name: str) -> Project | None:
    query = select(Project).where(Project.name == name)
    return (await session.scalars(query)).one_or_none()


async def page(
    session: AsyncSession, actor: Actor, limit: int, after: str | None
) -> Sequence[Project]:
    query = select(Project).where(within(Project.id, actor)).order_by(Project.id).limit(limit)
    if after:
        query = query.where(Project.id > after)
    return (await session.scalars(query)).all()
