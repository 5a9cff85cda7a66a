from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from server import revisions
from server.errors import NotReady
from server.health.schemas import Readiness

if TYPE_CHECKING:
    from server.parts import Parts

PATIENCE_SECONDS = 5.0


async def readiness(parts: Parts) -> Readiness:
    """Raise `NotReady` where requests would fail."""
    if parts.signals.closing:
        raise NotReady("The server is stopping.")
    try:
        async with asyncio.timeout(PATIENCE_SECONDS), parts.database.reading() as session:
            connection = await session.connection()
            revision = await connection.run_sync(revisions.present_of)
    except (SQLAlchemyError, OSError, TimeoutError):
        raise NotReady("The database does not answer.") from None
    if revision != revisions.head():
        raise NotReady(
            f"The database is at revision {revision} and this server needs {revisions.head()}: "
            "start the release that made it."
        )
    return Readiness(status="ready", revision=revision)
