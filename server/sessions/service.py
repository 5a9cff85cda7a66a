from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.audit_log.recorder import act_as
from server.authentication import digest
from server.database import clock
from server.errors import Forbidden, WrongSecret
from server.identifiers import new_id
from server.members import service as members
from server.schemas import Page
from server.sessions import repository, throttle
from server.sessions.schemas import (
    AcceptedInvitation,
    Identity,
    Method,
    PasswordChange,
    PasswordSignIn,
    SessionSnapshot,
    SetUp,
)
from server.tables import Session, User
from server.users import repository as users
from server.users.passwords import hash_password, is_password

if TYPE_CHECKING:
    from server.parts import Parts

SESSION_LIFETIME = timedelta(days=30)


@dataclass(frozen=True)
class Browser:
    """What is known of whoever signs in."""

    address: str
    agent: str
    cookie: str | None
    """The session that it had; it ends with the next, so that nobody can plant one."""


def browser_of(request: Request, cookie: str) -> Browser:
    return Browser(
        address=request.client.host if request.client else "",
        agent=printable(request.headers.get("user-agent", ""))[:200],
        cookie=request.cookies.get(cookie),
    )


def printable(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())


async def sign_in_by_link(parts: Parts, secret: str, browser: Browser) -> str:
    async with parts.database.writing() as session:
        user = await users.spend(session, digest(secret), "sign-in", await clock(session))
        if user is None:
            raise WrongSecret("link")
        return await open_session(session, user, "link", browser)


async def sign_in_by_password(parts: Parts, body: PasswordSignIn, browser: Browser) -> str:
    counted = throttle.limits(body.name.lower(), browser.address)
    async with parts.database.writing() as session:
        await throttle.admit(session, counted)
    async with parts.database.reading() as session:
        user = await users.named(session, body.name)
    # No transaction is open meanwhile: the hash is slow on purpose.
    good = await is_password(user.password if user else None, body.password)
    if user is None or not good:
        raise WrongSecret("password")
    async with parts.database.writing() as session:
        user = await users.find(session, user.id)
        if user.disabled_at is not None:
            raise WrongSecret("password")
        await throttle.forgive(session, counted)
        return await open_session(session, user, "password", browser)


async def set_up(parts: Parts, body: SetUp, browser: Browser) -> str:
    hashed = await hash_password(body.password)
    async with parts.database.writing() as session:
        user = await users.spend(session, digest(body.secret), "set-up", await clock(session))
        if user is None:
            raise WrongSecret("link")
        user.password = hashed
        await users.delete_sessions(session, user.id)
        await users.forget_links(session, user.id)
        return await open_session(session, user, "set-up", browser)


async def accept_invitation(parts: Parts, body: AcceptedInvitation, browser: Browser) -> str:
    hashed = await hash_password(body.password)
    # The account has no id before it is there; its name says whose doing it is.
    act_as("", body.name)
    async with parts.database.writing() as session:
        user = await members.join_as_new(session, body.secret, body.name, hashed)
        return await open_session(session, user, "invitation", browser)


async def change_password(
    parts: Parts, actor: Actor, body: PasswordChange, browser: Browser
) -> str | None:
    """Set the password and end every other session; return the cookie of a new one, if it had."""
    counted = throttle.limits(actor.name, browser.address)
    async with parts.database.writing() as session:
        await throttle.admit(session, counted)
        user = await users.find(session, actor.id)
    if user.password and not await is_password(user.password, body.current or ""):
        raise Forbidden("The present password is another.")
    hashed = await hash_password(body.new)
    async with parts.database.writing() as session:
        await throttle.forgive(session, counted)
        user = await users.find(session, actor.id, lock=True)
        user.password = hashed
        await users.delete_sessions(session, user.id)
        await users.forget_links(session, user.id)
        signed_in = actor.credential.startswith("ses_")
        return await open_session(session, user, "password", browser) if signed_in else None


async def open_session(session: AsyncSession, user: User, method: Method, browser: Browser) -> str:
    """Sign the browser in anew and return the cookie."""
    now = await clock(session)
    act_as(user.id, user.name)
    if browser.cookie and (old := await repository.with_digest(session, digest(browser.cookie))):
        await session.delete(old)
    cookie = secrets.token_urlsafe(32)
    session.add(
        Session(
            id=new_id("ses"),
            digest=digest(cookie),
            user_id=user.id,
            method=method,
            address=browser.address[:64],
            agent=browser.agent,
            expires_at=now + SESSION_LIFETIME,
        )
    )
    return cookie


async def identity(session: AsyncSession, actor: Actor) -> Identity:
    user = await users.find(session, actor.id)
    return Identity(
        id=actor.id,
        name=actor.name,
        administrator=actor.administrator,
        roles=dict(actor.roles),
        permissions=sorted(actor.scope.permissions),
        has_password=user.password is not None,
    )


async def list_own(session: AsyncSession, actor: Actor) -> Page[SessionSnapshot]:
    rows = await repository.of_user(session, actor.id, await clock(session))
    return Page(data=[_snapshot(row, actor) for row in rows])


async def end(session: AsyncSession, actor: Actor, session_id: str) -> None:
    await session.delete(await repository.find(session, actor.id, session_id))


def _snapshot(row: Session, actor: Actor) -> SessionSnapshot:
    return SessionSnapshot(
        id=row.id,
        method=cast("Method", row.method),
        address=row.address,
        agent=row.agent,
        created_at=row.created_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
        current=row.id == actor.credential,
    )
