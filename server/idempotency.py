"""Sending a POST twice with one `Idempotency-Key` makes one thing."""

from __future__ import annotations

from hashlib import sha256

from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.errors import Invalid
from server.schemas import Body
from server.tables import Idempotency


async def made_before(
    session: AsyncSession, actor: Actor, key: str | None, body: Body
) -> str | None:
    """Return the id of what the same request made; None if it is a new one.

    Raises:
        Invalid: the key was used for another request.
    """
    if key is None:
        return None
    known = await session.get(Idempotency, (actor.id, key))
    if known is not None and known.request != _digest(body):
        raise Invalid("This Idempotency-Key was used for another request; use a new one.")
    return known.resource_id if known else None


async def remember(
    session: AsyncSession, actor: Actor, key: str | None, body: Body, resource_id: str
) -> None:
    """Keep what the request made."""
    if key is not None:
        session.add(
            Idempotency(actor_id=actor.id, key=key, request=_digest(body), resource_id=resource_id)
        )


def _digest(body: Body) -> str:
    text = f"{type(body).__name__} {body.model_dump_json()}"
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
