from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import WORKER, Actor, Permission
from server.authentication import digest
from server.database import clock
from server.errors import Forbidden, NotFound
from server.identifiers import new_id
from server.schemas import Page
from server.tables import Token
from server.tokens import repository
from server.tokens.schemas import CreatedToken, NewToken, NewWorkerToken, TokenSnapshot

PREFIX = "prism_"
"""By it scanners of repositories know a token that was published by mistake."""


def new_secret() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def issue(
    session: AsyncSession,
    name: str,
    permissions: Collection[Permission],
    *,
    secret: str,
    user_id: str | None,
    expires_at: datetime | None = None,
    projects: Collection[str] | None = None,
    queues: Collection[str] | None = None,
) -> Token:
    """Add a token; its secret is not stored."""
    token = Token(
        id=new_id("tok"),
        digest=digest(secret),
        ending=secret[-4:],
        name=name,
        user_id=user_id,
        permissions=sorted(permissions),
        expires_at=expires_at,
        projects=None if projects is None else sorted(projects),
        queues=None if queues is None else sorted(queues),
    )
    session.add(token)
    return token


async def create(session: AsyncSession, actor: Actor, body: NewToken) -> CreatedToken:
    """Issue a token for the actor; it is good for no more, and no longer, than what made it."""
    if beyond := sorted(set(body.permissions) - actor.scope.permissions):
        raise Forbidden(f"Your own credential is not good for this: {', '.join(beyond)}.")
    if body.project_id is not None and not actor.may("read", body.project_id):
        raise NotFound("project", body.project_id)
    await _require_projects(session, [body.project_id] if body.project_id else [])
    secret = new_secret()
    token = issue(
        session,
        body.name,
        {"identify", *body.permissions},
        secret=secret,
        user_id=actor.id,
        expires_at=_earlier(await _expiry(session, body.expires_in_days), actor.scope.until),
        projects=[body.project_id] if body.project_id else None,
    )
    await session.flush()
    return CreatedToken(token=_snapshot(token), secret=secret)


async def create_for_workers(session: AsyncSession, body: NewWorkerToken) -> CreatedToken:
    await _require_projects(session, body.project_ids or [])
    secret = new_secret()
    token = issue(
        session,
        body.name,
        WORKER,
        secret=secret,
        user_id=None,
        expires_at=await _expiry(session, body.expires_in_days),
        projects=body.project_ids,
        queues=body.queues,
    )
    await session.flush()
    return CreatedToken(token=_snapshot(token), secret=secret)


async def own(session: AsyncSession, user_id: str | None) -> Page[TokenSnapshot]:
    return Page(data=[_snapshot(token) for token in await repository.valid(session, user_id)])


async def revoke(session: AsyncSession, user_id: str | None, token_id: str) -> None:
    """End a token of this person, or of workers, if it is None. Raises `NotFound`."""
    token = await repository.find(session, token_id)
    if token.user_id != user_id:
        raise NotFound("token", token_id)
    token.revoked_at = token.revoked_at or await clock(session)


async def _require_projects(session: AsyncSession, project_ids: Collection[str]) -> None:
    if unknown := await repository.unknown_projects(session, project_ids):
        raise NotFound("project", min(unknown))


async def _expiry(session: AsyncSession, days: int | None) -> datetime | None:
    return None if days is None else await clock(session) + timedelta(days=days)


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((moment for moment in (one, other) if moment is not None), default=None)


def _snapshot(token: Token) -> TokenSnapshot:
    return TokenSnapshot(
        id=token.id,
        name=token.name,
        ending=token.ending,
        permissions=token.permissions,
        project_ids=token.projects,
        queues=token.queues,
        created_at=token.created_at,
        expires_at=token.expires_at,
        used_at=token.used_at,
    )
