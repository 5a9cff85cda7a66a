from __future__ import annotations

import secrets
from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Permission
from server.authentication import digest
from server.identifiers import new_id
from server.tables import Token

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
) -> Token:
    """Add a token; its secret is not stored."""
    token = Token(
        id=new_id("tok"),
        digest=digest(secret),
        ending=secret[-4:],
        name=name,
        user_id=user_id,
        permissions=sorted(permissions),
    )
    session.add(token)
    return token
