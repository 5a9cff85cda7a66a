from __future__ import annotations

import secrets
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, cast

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.database import clock
from server.errors import Unauthenticated
from server.identifiers import new_id
from server.tables import Session, SignInSecret, Token
from server.users import repository
from server.users.schemas import SignInLink, UserRole, UserSnapshot

if TYPE_CHECKING:
    from server.parts import Parts

COOKIE = "prism_session"
SESSION_LIFETIME = timedelta(days=30)
SECRET_LIFETIME = timedelta(minutes=10)


def digest(secret: str) -> str:
    """Return what is stored of a secret. It has 256 random bits, so a plain hash suffices."""
    return sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


async def authenticate(request: Request) -> Actor | None:
    """Return whoever the request's token or cookie belongs to."""
    parts: Parts = request.app.state.parts
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    cookie = request.cookies.get(COOKIE)
    if not token and not cookie:
        return None
    async with parts.database.reading() as session:
        if token:
            return await _token_actor(session, token) if scheme.lower() == "bearer" else None
        return await _session_actor(session, cookie or "")


async def _token_actor(session: AsyncSession, secret: str) -> Actor | None:
    token = await repository.valid_token(session, digest(secret.strip()))
    if token is None:
        return None
    return Actor(token.id, token.name, cast("UserRole", token.role), token.id)


async def _session_actor(session: AsyncSession, secret: str) -> Actor | None:
    found = await repository.valid_session(session, digest(secret), await clock(session))
    if found is None:
        return None
    signed_in, user = found
    return Actor(user.id, user.name, cast("UserRole", user.role), signed_in.id)


async def still_good(parts: Parts, actor: Actor) -> bool:
    async with parts.database.reading() as session:
        now = await clock(session)
        return await repository.credential_is_good(session, actor.credential, now)


async def sign_in(session: AsyncSession, secret: str) -> tuple[UserSnapshot, str]:
    now = await clock(session)
    user = await repository.use_secret(session, digest(secret), now)
    if user is None:
        raise Unauthenticated
    cookie = secrets.token_urlsafe(32)
    session.add(
        Session(
            id=new_id("ses"),
            digest=digest(cookie),
            user_id=user.id,
            expires_at=now + SESSION_LIFETIME,
        )
    )
    return UserSnapshot(id=user.id, name=user.name, role=cast("UserRole", user.role)), cookie


async def sign_out(session: AsyncSession, actor: Actor) -> None:
    await repository.delete_session(session, actor.credential)


async def new_link(session: AsyncSession, url: str) -> SignInLink:
    """Make a link that signs one browser in as the administrator, once."""
    user = await repository.administrator(session)
    if user is None:
        raise Unauthenticated
    secret = secrets.token_urlsafe(32)
    expires_at = await clock(session) + SECRET_LIFETIME
    session.add(SignInSecret(digest=digest(secret), user_id=user.id, expires_at=expires_at))
    # Behind the # it stays in the browser: no server log and no Referer ever sees it.
    return SignInLink(url=f"{url}/sign-in#{secret}", expires_at=expires_at)


async def new_token(
    session: AsyncSession, name: str, role: UserRole, secret: str | None = None
) -> str:
    """Issue a token and return its secret, which is not stored."""
    secret = secret or f"prism_{secrets.token_urlsafe(32)}"
    session.add(Token(id=new_id("tok"), digest=digest(secret), name=name, role=role))
    return secret
