from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.errors import NotFound
from server.tables import Model


async def find(session: AsyncSession, model_id: str) -> Model:
    model = await session.get(Model, model_id)
    if model is None:
        raise NotFound("model", model_id)
    return model


async def named(session: AsyncSession, name: str) -> Model | None:
    return (await session.scalars(select(Model).where(Model.name == name))).one_or_none()


async def page(session: AsyncSession, limit: int, after: str | None) -> Sequence[Model]:
    query = select(Model).order_by(Model.id.desc()).limit(limit)
    if after:
        query = query.where(Model.id < after)
    return (await session.scalars(query)).all()
