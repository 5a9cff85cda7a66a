"""Takes in what workers send: the steps that wait at one moment are committed together.

A transaction costs several times as much as what one step of one run puts into it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextvars import Context
from dataclasses import dataclass

import structlog

from server.actors import Actor
from server.database import Database
from server.events import service, steps
from server.events.schemas import Acknowledgement, EventBatch

log = structlog.get_logger()

MOST_TOGETHER = 64
"""Batches of a transaction: whoever wants to write next waits for them all."""


@dataclass(frozen=True)
class Post:
    """A batch that waits; its answer is None if it is to be stored by itself."""

    batch: steps.Batch
    answer: asyncio.Future[Acknowledgement | None]

    def settle(self, answer: Acknowledgement | None) -> None:
        # Whoever sent it may have gone meanwhile.
        if not self.answer.done():
            self.answer.set_result(answer)


class Intake:
    """One per process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[Post] = deque()
        self._storing: asyncio.Task[None] | None = None

    async def take(self, attempt_id: str, batch: EventBatch, actor: Actor) -> Acknowledgement:
        """Store what a worker sends; it is committed when this returns."""
        if steps.only_steps(batch):
            answer = await self._together(steps.Batch(attempt_id, actor.credential, batch.events))
            if answer is not None:
                return answer
        async with self._database.writing(patient=True) as session:
            return await service.ingest(session, attempt_id, batch, actor)

    async def close(self) -> None:
        """Wait until everything is stored that was to be."""
        if self._storing is not None:
            await self._storing

    async def _together(self, batch: steps.Batch) -> Acknowledgement | None:
        post = Post(batch, asyncio.get_running_loop().create_future())
        self._waiting.append(post)
        if self._storing is None:
            # In a context of its own: it writes for others than whose request began it.
            self._storing = asyncio.create_task(self._store_all(), context=Context())
        return await post.answer

    async def _store_all(self) -> None:
        try:
            while self._waiting:
                await self._store_waiting()
        finally:
            self._storing = None

    async def _store_waiting(self) -> None:
        group: list[Post] = []
        try:
            async with self._database.writing(patient=True) as session:
                # Those that came while others wrote are of the group.
                group = self._next_group()
                answers = await steps.take(session, [post.batch for post in group])
        except Exception:
            # Each is tried by itself, so that none fails for another's sake, and its own error is
            # told to whoever sent it.
            log.exception("batches could not be stored together", batches=len(group))
            answers = [None] * len(group)
        for post, answer in zip(group, answers, strict=True):
            post.settle(answer)

    def _next_group(self) -> list[Post]:
        """Take out what goes together: of every attempt one batch, the first."""
        group: dict[str, Post] = {}
        later: list[Post] = []
        while self._waiting and len(group) < MOST_TOGETHER:
            post = self._waiting.popleft()
            if post.batch.attempt_id in group:
                later.append(post)
            else:
                group[post.batch.attempt_id] = post
        self._waiting.extendleft(reversed(later))
        return list(group.values())
