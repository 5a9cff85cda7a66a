from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from server.tables import Session, SignInSecret, Token, User


async def administrator(session: AsyncSession) -> User | None:
    query = select(User).where(User.role == "admin").order_by(User.id).limit(1)
    return (await session.scalars(query)).one_or_none()


async def valid_token(session: AsyncSession, digest: str) -> Token | None:
    query = select(Token).where(Token.digest == digest, Token.revoked_at.is_(None))
    return (await session.scalars(query)).one_or_none()


async def valid_session(
    session: AsyncSession, digest: str, now: datetime
) -> tuple[Session, User] | None:
    query = (
        select(Session, User)
        .join(User, User.id == Session.user_id)
        .where(Session.digest == digest, Session.expires_at > now)
    )
    row = (await session.execute(query)).one_or_none()
    return row and (row[0], row[1])


async def token_exists(session: AsyncSession, digest: str) -> bool:
    query = select(Token.id).where(Token.digest == digest)
    return (await session.scalars(query)).first() is not None


async def use_secret(session: AsyncSession, digest: str, now: datetime) -> User | None:
    """Spend a sign-in secret; None if there is no such secret, or no longer."""
    spent = (
        update(SignInSecret)
        .where(
            SignInSecret.digest == digest,
            SignInSecret.used_at.is_(None),
            SignInSecret.expires_at > now,
        )
        .values(used_at=now)
        .returning(SignInSecret.user_id)
    )
    user_id = (await session.execute(spent)).scalar_one_or_none()
    return await session.get_one(User, user_id) if user_id else None


async def credential_is_good(session: AsyncSession, credential: str, now: datetime) -> bool:
    """Whether a session or token, named by its id, still opens anything."""
    if credential.startswith("ses_"):
        row = await session.get(Session, credential, populate_existing=True)
        return row is not None and row.expires_at > now
    token = await session.get(Token, credential, populate_existing=True)
    return token is not None and token.revoked_at is None


async def delete_session(session: AsyncSession, session_id: str) -> None:
    await session.execute(delete(Session).where(Session.id == session_id))
