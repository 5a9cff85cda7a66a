"""Who may watch what, asked when a stream opens and again as long as it lasts."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.authentication import present_actor
from server.database import Database
from server.errors import NotFound
from server.tables import Pipeline, Run

ASKED_EVERY = 30.0
"""So many seconds a stream may go on after its actor has lost the right to it."""


@dataclass(eq=False)
class Permit:
    """The right of one browser tab to its topics, as it was found last."""

    actor: Actor
    topics: frozenset[str]
    good: bool = True


class Permits:
    """One per process: all tabs are asked about together, those of one credential by one look."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._given: set[Permit] = set()
        self._asked_at = -math.inf

    async def ask(self, actor: Actor, topics: Collection[str]) -> Permit:
        """Give a permit. Raises `NotFound` for a topic that is not there, or not for this actor."""
        async with self._database.reading() as session:
            projects = await _projects(session, topics)
        for topic in topics:
            if topic not in projects or not actor.may("read", projects[topic]):
                kind, _, name = topic.partition(":")
                raise NotFound(kind, name)
        return Permit(actor, frozenset(topics))

    def begin(self, permit: Permit) -> None:
        self._given.add(permit)

    def end(self, permit: Permit) -> None:
        self._given.discard(permit)

    async def holds(self, permit: Permit) -> bool:
        """Whether the tab may go on; now and then this looks for all of them."""
        now = asyncio.get_running_loop().time()
        if now - self._asked_at >= ASKED_EVERY:
            self._asked_at = now
            try:
                await self._ask_again()
            except BaseException:
                # Nobody goes on unasked because the look of one did not come to its end.
                self._asked_at = -math.inf
                raise
        return permit.good

    async def _ask_again(self) -> None:
        given = set(self._given)
        actors = {permit.actor.credential: permit.actor for permit in given}
        async with self._database.reading() as session:
            present = {key: await present_actor(session, one) for key, one in actors.items()}
            projects = await _projects(session, {t for permit in given for t in permit.topics})
        for permit in given:
            actor = present[permit.actor.credential]
            permit.good = actor is not None and all(
                topic in projects and actor.may("read", projects[topic]) for topic in permit.topics
            )


async def _projects(session: AsyncSession, topics: Iterable[str]) -> dict[str, str]:
    """Return the project of every topic that exists."""
    ids = {topic.partition(":")[2] for topic in topics}
    pipelines = select(Pipeline.id, Pipeline.project_id).where(Pipeline.id.in_(ids))
    runs = select(Run.id, Pipeline.project_id).join(Pipeline, Pipeline.id == Run.pipeline_id)
    found = {f"pipeline:{id_}": project for id_, project in await session.execute(pipelines)}
    of_runs = await session.execute(runs.where(Run.id.in_(ids)))
    return found | {f"run:{id_}": project for id_, project in of_runs}
