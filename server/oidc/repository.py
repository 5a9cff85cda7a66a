from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.tables import AccountLink, OidcFlow, User


async def take_flow(session: AsyncSession, digest: str, now: datetime) -> OidcFlow | None:
    """Return a sign-in that was begun, and forget it: its answer counts once."""
    await session.execute(delete(OidcFlow).where(OidcFlow.expires_at <= now))
    query = delete(OidcFlow).where(OidcFlow.state == digest).returning(OidcFlow)
    return (await session.scalars(query)).one_or_none()


async def linked(session: AsyncSession, issuer: str, subject: str) -> User | None:
    query = (
        select(User)
        .join(AccountLink, AccountLink.user_id == User.id)
        .where(AccountLink.issuer == issuer, AccountLink.subject == subject)
    )
    return (await session.scalars(query)).one_or_none()
