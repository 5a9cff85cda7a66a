"""Signing in by an OpenID Connect provider.

An account is linked by issuer and subject, never by a name or an address, which a provider may let
people choose. Whoever the provider lets in and nobody has linked gets an account without a role:
what it may see, an administrator or an invitation decides.
"""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.authentication import digest
from server.database import clock
from server.errors import NotFound, ProviderFailed
from server.oidc import repository
from server.oidc.provider import Person, Provider
from server.sessions.service import Browser, open_session
from server.tables import AccountLink, OidcFlow, User
from server.users import repository as users
from server.users.service import add

if TYPE_CHECKING:
    from server.parts import Parts

FLOW_LIFETIME = timedelta(minutes=10)
FLOW_COOKIE = "prism_oidc"


def provider_of(parts: Parts) -> Provider:
    if parts.provider is None:
        raise NotFound("provider", "here; set PRISM_OIDC_ISSUER")
    return parts.provider


async def begin(parts: Parts, actor: Actor | None) -> tuple[str, str]:
    """Return the provider's page and the state, which the browser keeps as a cookie.

    Args:
        parts: of the application.
        actor: whose account is to be linked; None signs in.
    """
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    url = await provider_of(parts).authorization_url(state, nonce, verifier)
    async with parts.database.writing() as session:
        session.add(
            OidcFlow(
                state=digest(state),
                nonce=nonce,
                verifier=verifier,
                user_id=actor.id if actor else None,
                expires_at=await clock(session) + FLOW_LIFETIME,
            )
        )
    return url, state


async def finish(parts: Parts, code: str, state: str, kept: str | None, browser: Browser) -> str:
    """Take the provider's answer; return the cookie of the session.

    Raises:
        ProviderFailed: it is not the answer to what this browser began.
    """
    provider = provider_of(parts)
    if kept is None or not secrets.compare_digest(kept.encode(), state.encode()):
        raise ProviderFailed("this browser did not begin the sign-in that was answered")
    async with parts.database.writing() as session:
        flow = await repository.take_flow(session, digest(state), await clock(session))
    if flow is None:
        raise ProviderFailed("the sign-in took too long, or was answered before")
    person = await provider.person(code, flow.verifier, flow.nonce)
    async with parts.database.writing() as session:
        user = await _account(session, provider.issuer, person, flow.user_id)
        return await open_session(session, user, "oidc", browser)


async def _account(session: AsyncSession, issuer: str, person: Person, link_to: str | None) -> User:
    user = await repository.linked(session, issuer, person.subject)
    if user is None:
        if link_to:
            user = await users.find(session, link_to)
        else:
            user = await add(session, await _free_name(session, person.name))
        session.add(AccountLink(issuer=issuer, subject=person.subject, user_id=user.id))
        await session.flush()
    elif link_to not in (None, user.id):
        raise ProviderFailed("that account there is linked to another one here")
    if user.disabled_at is not None:
        raise ProviderFailed("the account here is disabled")
    return user


async def _free_name(session: AsyncSession, wished: str) -> str:
    """Return a name that can be an account's, close to the one that the provider gave."""
    name = re.sub(r"[^a-z0-9._@+-]+", "-", wished.lower()).strip("-._@+")[:60] or "person"
    if await users.named(session, name) is None:
        return name
    for number in count(2):
        if await users.named(session, f"{name}-{number}") is None:
            return f"{name}-{number}"
    raise AssertionError("count() has an end")
