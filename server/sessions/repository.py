from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
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


async def find(session: AsyncSession, user_id: str, session_id: str) -> Session:
    """Return a session of this person. Raises `NotFound`."""
    found = await session.get(Session, session_id)
    if found is None or found.user_id != user_id:
        raise NotFound("session", session_id)
    return found


async def with_digest(session: AsyncSession, digest: str) -> Session | None:
    query = select(Session).where(Session.digest == digest)
    return (await session.scalars(query)).one_or_none()
