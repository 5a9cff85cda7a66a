"""Wakes whoever in this process waits for the database to change.

The database is the log; a signal only says "look now". Everybody who waits also looks by himself
every second, so that a change made by another server process is seen too.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

Topic = Literal["queue", "runs", "outbox", "webhooks", "discards", "access"]

POLL_SECONDS = 1.0


class Told(NamedTuple):
    """Steps that were committed, so that this process need not read back what it wrote itself."""

    run_id: str
    attempt: int
    first_step: int
    """Of the attempt."""
    first: int
    last: int
    """Positions in the run's history; all between them are steps, and are here."""
    points: Sequence[tuple[int, dict[str, float]]]


class Signals:
    """Counts the rings of every topic, so that one between a look and a wait is not missed."""

    def __init__(self) -> None:
        self._rings: dict[Topic, int] = defaultdict(int)
        self._waiting: dict[Topic, set[asyncio.Future[None]]] = defaultdict(set)
        self.closing = False
        self.listener: Callable[[Told], None] | None = None
        """Who wants to be told; it may be told late, or in another order, or not at all."""

    def rings(self, topic: Topic) -> int:
        """Return how often the topic was rung; take it before looking, give it to `wait`."""
        return self._rings[topic]

    def ring(self, topic: Topic) -> None:
        self._rings[topic] += 1
        for future in self._waiting.pop(topic, set()):
            if not future.done():
                future.set_result(None)

    def tell(self, told: Told) -> None:
        if self.listener:
            self.listener(told)

    def close(self) -> None:
        """End every wait for good: the server stops."""
        self.closing = True
        for topic in list(self._waiting):
            self.ring(topic)

    async def wait(self, topic: Topic, seen: int, seconds: float = POLL_SECONDS) -> None:
        """Return at the first ring after `seen`, or after so many seconds."""
        if self._rings[topic] != seen or self.closing:
            return
        future = asyncio.get_running_loop().create_future()
        self._waiting[topic].add(future)
        # Not wait_for: in Python 3.11 it swallows a cancellation that comes together with a ring.
        try:
            async with asyncio.timeout(seconds):
                await future
        except TimeoutError:
            return
        finally:
            self._waiting[topic].discard(future)
