from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.tables import EndpointKey


async def of_project(session: AsyncSession, project_id: str) -> Sequence[EndpointKey]:
    query = select(EndpointKey).where(EndpointKey.project_id == project_id)
    return (await session.scalars(query.order_by(EndpointKey.name))).all()


async def named(
    session: AsyncSession, project_id: str, names: Iterable[str]
) -> Sequence[EndpointKey]:
    query = select(EndpointKey).where(
        EndpointKey.project_id == project_id, EndpointKey.name.in_(names)
    )
    return (await session.scalars(query.order_by(EndpointKey.name))).all()
