from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.authentication import SESSION_IDLE
from server.errors import NotFound
from server.tables import Session


async def of_user(session: AsyncSession, user_id: str, now: datetime) -> Sequence[Session]:
    query = (
        select(Session)
        .where(
            Session.user_id == user_id,
            Session.expires_at > now,
            Session.seen_at > now - SESSION_IDLE,
        )
        .order_by(Session.id.desc())
    )
    return (await session.scalars(query)).all()


async def delete_one(session: AsyncSession, user_id: str, session_id: str) -> None:
    """End a session of this person. Raises `NotFound`."""
    query = delete(Session).where(Session.id == session_id, Session.user_id == user_id)
    if (await session.execute(query.returning(Session.id))).first() is None:
        raise NotFound("session", session_id)


async def delete_with(session: AsyncSession, digest: str) -> None:
    await session.execute(delete(Session).where(Session.digest == digest))


async def delete_expired(session: AsyncSession, now: datetime) -> None:
    await session.execute(delete(Session).where(Session.expires_at <= now))
