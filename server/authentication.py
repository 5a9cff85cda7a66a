"""From the token or cookie of a request to whoever it belongs to."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal, cast

from fastapi import Request
from sqlalchemy import Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor, Role, Scope
from server.database import database_clock
from server.tables import Membership, Session, Token, User

if TYPE_CHECKING:
    from server.parts import Parts

Credential = Token | Session

SESSION_IDLE = timedelta(days=7)
"""So long a session lives without being used; `expires_at` ends it in any case."""

USE_NOTED_EVERY = timedelta(minutes=1)
"""How exact the last use of a credential is known: a write for each request would cost more."""


def digest(secret: str) -> str:
    """Return what is stored of a secret. It has 256 random bits, so a plain hash suffices."""
    return sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


async def authenticate(parts: Parts, request: Request) -> Actor | None:
    """Return whoever the request's token or cookie belongs to."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    cookie = request.cookies.get(parts.settings.cookie)
    if token:
        good = scheme.lower() == "bearer"
        return await _authenticated(parts, Token, token.strip()) if good else None
    return await _authenticated(parts, Session, cookie) if cookie else None


async def _authenticated(parts: Parts, table: type[Credential], secret: str) -> Actor | None:
    hashed, rings = digest(secret), parts.recent_actors.rings()
    if known := parts.recent_actors.find(hashed):
        return known
    async with parts.database.reading() as session:
        found = await _find(session, table, "digest", hashed)
    if found is None:
        return None
    row, actor, now = found
    used = row.used_at if isinstance(row, Token) else row.seen_at
    if used is None or now - used > USE_NOTED_EVERY:
        await _note_use(parts, table, row.id, now)
    parts.recent_actors.remember(hashed, actor, rings)
    return actor


async def _note_use(parts: Parts, table: type[Credential], row_id: str, now: datetime) -> None:
    async with parts.database.writing() as session:
        row = cast("Credential", await session.get_one(table, row_id))
        if isinstance(row, Token):
            row.used_at = now
        else:
            row.seen_at = now


async def authenticate_cookie(session: AsyncSession, cookie: str) -> Actor | None:
    """Return whoever a session's cookie belongs to."""
    found = await _find(session, Session, "digest", digest(cookie))
    return found[1] if found else None


async def present_actor(session: AsyncSession, actor: Actor) -> Actor | None:
    """Return the actor as it is by now; None once its credential opens nothing any more."""
    table = Session if actor.credential.startswith("ses_") else Token
    found = await _find(session, table, "id", actor.credential)
    return found[1] if found else None


Known = Literal["id", "digest"]


@cache
def _credentials(table: type[Credential], known: Known) -> Select[Any, User, str, str, datetime]:
    # The moment comes with the rows: this is asked for every request.
    return (
        select(table, User, Membership.project_id, Membership.role, database_clock())
        .outerjoin(User, User.id == table.user_id)
        .outerjoin(Membership, Membership.user_id == User.id)
        .where(getattr(table, known) == bindparam("value"), User.disabled_at.is_(None))
        .execution_options(populate_existing=True)
    )


async def _find(
    session: AsyncSession, table: type[Credential], known: Known, value: str
) -> tuple[Credential, Actor, datetime] | None:
    """Return the credential, if it is good, with its actor and the present moment."""
    rows = (await session.execute(_credentials(table, known), {"value": value})).all()
    if not rows:
        return None
    row, now = cast("Credential", rows[0][0]), rows[0][4]
    if not _is_valid(row, now):
        return None
    user: User | None = rows[0][1]
    actor = Actor(
        id=user.id if user else row.id,
        name=user.name if user else getattr(row, "name", ""),
        credential=row.id,
        administrator=bool(user and user.administrator),
        roles={project: cast("Role", role) for _, _, project, role, _ in rows if project},
        scope=_scope(row) if isinstance(row, Token) else Scope(),
    )
    return row, actor, now


def _is_valid(row: Credential, now: datetime) -> bool:
    if isinstance(row, Token):
        return row.revoked_at is None and (row.expires_at is None or row.expires_at > now)
    return row.expires_at > now and row.seen_at > now - SESSION_IDLE


def _scope(token: Token) -> Scope:
    return Scope(
        permissions=frozenset(token.permissions),
        projects=None if token.projects is None else frozenset(token.projects),
        queues=None if token.queues is None else frozenset(token.queues),
        until=token.expires_at,
    )
