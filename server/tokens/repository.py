from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.errors import NotFound
from server.tables import Project, Token


async def valid(session: AsyncSession, user_id: str | None) -> Sequence[Token]:
    """Tokens of a person that were not revoked, newest first; of workers, if it is None."""
    query = select(Token).where(Token.user_id == user_id, Token.revoked_at.is_(None))
    return (await session.scalars(query.order_by(Token.id.desc()))).all()


async def find(session: AsyncSession, token_id: str) -> Token:
    token = await session.get(Token, token_id)
    if token is None:
        raise NotFound("token", token_id)
    return token


async def unknown_projects(session: AsyncSession, project_ids: Iterable[str]) -> set[str]:
    named = set(project_ids)
    return named - set(await session.scalars(select(Project.id).where(Project.id.in_(named))))
