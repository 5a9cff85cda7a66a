from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from server.authentication import digest
from server.database import clock
from server.errors import Conflict
from server.identifiers import new_id
from server.schemas import Page
from server.tables import SignInSecret, User
from server.users import repository
from server.users.repository import Purpose
from server.users.schemas import CreatedUser, NewUser, SignInLink, UserChange, UserSnapshot

LIFETIMES: dict[Purpose, timedelta] = {
    "sign-in": timedelta(minutes=10),
    "set-up": timedelta(hours=24),
}


async def page(session: AsyncSession, limit: int, after: str | None) -> Page[UserSnapshot]:
    rows = await repository.page(session, limit + 1, after)
    shown = [snapshot(row) for row in rows[:limit]]
    return Page(data=shown, next_cursor=shown[-1].id if len(rows) > limit else None)


async def create(session: AsyncSession, body: NewUser, url: str) -> CreatedUser:
    user = await add(session, body.name, administrator=body.administrator)
    link = await new_link(session, url, user, "set-up")
    return CreatedUser(user=snapshot(user), set_up=link)


async def add(session: AsyncSession, name: str, *, administrator: bool = False) -> User:
    """Add an account. Raises `Conflict`."""
    if await repository.named(session, name):
        raise Conflict(f"There is an account named {name} already.")
    user = User(id=new_id("usr"), name=name, administrator=administrator)
    session.add(user)
    await session.flush()
    return user


async def change(session: AsyncSession, user_id: str, body: UserChange) -> UserSnapshot:
    user = await repository.find(session, user_id, lock=True)
    if body.administrator is not None:
        user.administrator = body.administrator
    if body.disabled is not None:
        user.disabled_at = await clock(session) if body.disabled else None
    if not user.administrator or user.disabled_at:
        await _refuse_without_administrator(session, user)
    if user.disabled_at:
        await repository.delete_sessions(session, user.id)
        await repository.forget_links(session, user.id)
    await session.flush()
    return snapshot(user)


async def _refuse_without_administrator(session: AsyncSession, user: User) -> None:
    if await repository.other_administrators(session, user.id) == 0:
        raise Conflict("The last administrator stays one; make somebody else one first.")


async def set_up_link(session: AsyncSession, user_id: str, url: str) -> SignInLink:
    return await new_link(session, url, await repository.find(session, user_id), "set-up")


async def new_link(session: AsyncSession, url: str, user: User, purpose: Purpose) -> SignInLink:
    """Make a link that signs one browser in, or has one person set a password, once."""
    if user.disabled_at is not None:
        raise Conflict(f"The account {user.name} is disabled.")
    secret = secrets.token_urlsafe(32)
    expires_at = await clock(session) + LIFETIMES[purpose]
    session.add(
        SignInSecret(digest=digest(secret), user_id=user.id, purpose=purpose, expires_at=expires_at)
    )
    # Behind the # it stays in the browser: no server log and no Referer ever sees it.
    return SignInLink(url=f"{url}/{purpose}#{secret}", expires_at=expires_at)


def snapshot(user: User) -> UserSnapshot:
    return UserSnapshot(
        id=user.id,
        name=user.name,
        administrator=user.administrator,
        has_password=user.password is not None,
        created_at=user.created_at,
        disabled_at=user.disabled_at,
    )
