from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.errors import NotFound
from server.tables import Dataset


async def find(session: AsyncSession, dataset_id: str) -> Dataset:
    dataset = await session.get(Dataset, dataset_id)
    if dataset is None:
        raise NotFound("data set", dataset_id)
    return dataset


async def named(session: AsyncSession, name: str) -> Dataset | None:
    return (await session.scalars(select(Dataset).where(Dataset.name == name))).one_or_none()


async def page(session: AsyncSession, limit: int, after: str | None) -> Sequence[Dataset]:
    query = select(Dataset).order_by(Dataset.id.desc()).limit(limit)
    if after:
        query = query.where(Dataset.id < after)
    return (await session.scalars(query)).all()
