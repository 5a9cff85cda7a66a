"""What `create_app` puts together, and how an endpoint reaches for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from server.database import Database
from server.settings import Settings
from server.signals import Signals

if TYPE_CHECKING:
    from server.actors import Actor
    from server.artifacts.store import ArtifactStore
    from server.checkpoints.files import CheckpointFiles
    from server.events.intake import Intake
    from server.inspection import Inspector
    from server.monitoring.meters import Meters
    from server.oidc.provider import Provider
    from server.recent import Recent
    from server.stream.hub import Hub
    from server.stream.permits import Permits


@dataclass(frozen=True)
class Parts:
    """The objects that live as long as the process."""

    settings: Settings
    database: Database
    signals: Signals
    recent_actors: Recent[Actor]
    recent_projects: Recent[str]
    intake: Intake
    artifacts: ArtifactStore
    checkpoints: CheckpointFiles
    inspector: Inspector
    hub: Hub
    permits: Permits
    meters: Meters
    provider: Provider | None
    """The OpenID Connect provider, if one is configured."""


async def parts_of(request: Request) -> Parts:
    """Return the parts of the application that answers the request."""
    # It awaits nothing, but FastAPI would call a plain function in a thread, for every request.
    parts: Parts = request.app.state.parts
    return parts


PartsOf = Annotated[Parts, Depends(parts_of)]


async def _read(parts: PartsOf) -> AsyncIterator[AsyncSession]:
    async with parts.database.reading() as session:
        yield session


async def _write(parts: PartsOf) -> AsyncIterator[AsyncSession]:
    async with parts.database.writing() as session:
        yield session


SESSIONS = (_read, _write)
"""Dependencies that open the database; none may run before the actor is known."""

# The scope ends a session when the endpoint returns and before the answer leaves, so that nobody
# is told of something that then fails to commit.
Reading = Annotated[AsyncSession, Depends(_read, scope="function")]
Writing = Annotated[AsyncSession, Depends(_write, scope="function")]
