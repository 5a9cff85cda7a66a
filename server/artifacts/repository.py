from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from server.errors import NotFound
from server.tables import Artifact


async def find(session: AsyncSession, digest: str) -> Artifact:
    artifact = await session.get(Artifact, digest)
    if artifact is None:
        raise NotFound("artifact", digest)
    return artifact


async def add(
    session: AsyncSession, digest: str, media_type: str, size: int, project_id: str | None
) -> None:
    if await session.get(Artifact, digest) is None:
        row = Artifact(digest=digest, media_type=media_type, size=size, project_id=project_id)
        session.add(row)
