from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from server.database import UPDATE_LOCK
from server.errors import NotFound
from server.tables import AccountLink, Session, SignInSecret, Token, User

Purpose = Literal["sign-in", "set-up"]


async def first_administrator(session: AsyncSession) -> User | None:
    query = select(User).where(User.administrator).order_by(User.id).limit(1)
    return (await session.scalars(query)).one_or_none()


async def administrator_can_sign_in(session: AsyncSession) -> bool:
    """Whether an administrator has a password, or is known to the provider."""
    linked = select(AccountLink.user_id)
    query = select(User.id).where(
        User.administrator,
        User.disabled_at.is_(None),
        or_(User.password.is_not(None), User.id.in_(linked)),
    )
    return (await session.scalars(query)).first() is not None


async def other_administrators(session: AsyncSession, user_id: str) -> int:
    """Count the administrators that would be left without this one."""
    query = select(func.count()).where(
        User.administrator, User.disabled_at.is_(None), User.id != user_id
    )
    return (await session.execute(query)).scalar_one()


async def find(session: AsyncSession, user_id: str, *, lock: bool = False) -> User:
    user = await session.get(
        User, user_id, with_for_update=UPDATE_LOCK if lock else None, populate_existing=lock
    )
    if user is None:
        raise NotFound("user", user_id)
    return user


async def named(session: AsyncSession, name: str) -> User | None:
    return (await session.scalars(select(User).where(User.name == name))).one_or_none()


async def page(session: AsyncSession, limit: int, after: str | None) -> Sequence[User]:
    query = select(User).order_by(User.id).limit(limit)
    if after:
        query = query.where(User.id > after)
    return (await session.scalars(query)).all()


async def spend(session: AsyncSession, digest: str, purpose: Purpose, now: datetime) -> User | None:
    """Spend a link's secret; None if there is none such that is good."""
    spent = (
        update(SignInSecret)
        .where(
            SignInSecret.digest == digest,
            SignInSecret.purpose == purpose,
            SignInSecret.used_at.is_(None),
            SignInSecret.expires_at > now,
        )
        .values(used_at=now)
        .returning(SignInSecret.user_id)
    )
    user_id = (await session.execute(spent)).scalar_one_or_none()
    user = await session.get(User, user_id) if user_id else None
    return user if user and user.disabled_at is None else None


async def forget_links(session: AsyncSession, user_id: str) -> None:
    """End every link of a person that was not used."""
    await session.execute(delete(SignInSecret).where(SignInSecret.user_id == user_id))


async def delete_sessions(session: AsyncSession, user_id: str) -> None:
    """Sign a person out everywhere."""
    for row in await session.scalars(select(Session).where(Session.user_id == user_id)):
        await session.delete(row)


async def token_exists(session: AsyncSession, digest: str) -> bool:
    query = select(Token.id).where(Token.digest == digest)
    return (await session.scalars(query)).first() is not None
