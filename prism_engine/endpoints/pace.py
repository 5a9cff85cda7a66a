"""How much is asked at a time: so much a minute, and as many at once as the server bears."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

MINUTE = 60.0
FIRST_CONCURRENCY = 4.0


class Bucket:
    """A token bucket that fills evenly, `per_minute` a minute, and holds a minute's worth.

    What is larger than the whole bucket waits until it is full and leaves a debt behind.
    """

    def __init__(
        self,
        per_minute: float,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._per_minute = per_minute
        self._now = now
        self._sleep = sleep
        self._level = per_minute
        self._filled_at = now()
        # Whoever waits longest goes first.
        self._turn = asyncio.Lock()

    async def take(self, amount: float) -> None:
        """Wait until there is so much, and take it."""
        async with self._turn:
            wanted = min(amount, self._per_minute)
            while (missing := wanted - self._fill()) > 1e-9:
                await self._sleep(missing * MINUTE / self._per_minute)
            self._level -= amount

    def give_back(self, amount: float) -> None:
        """Put back what was taken and not used."""
        self._level = min(self._fill() + amount, self._per_minute)

    def _fill(self) -> float:
        now = self._now()
        gained = (now - self._filled_at) * self._per_minute / MINUTE
        self._level = min(self._level + gained, self._per_minute)
        self._filled_at = now
        return self._level


class Concurrency:
    """How many requests are under way at once: one more a round, half when the server is pressed.

    Additive increase and multiplicative decrease (Chiu and Jain, 1989). Failures of requests that
    began before the last decrease say nothing new and are passed over.
    """

    def __init__(self, most: int, now: Callable[[], float] = time.monotonic) -> None:
        self._most = float(most)
        self._now = now
        self._limit = min(FIRST_CONCURRENCY, self._most)
        self._under_way = 0
        self._decreased_at = -1.0
        self._changed = asyncio.Condition()

    @property
    def limit(self) -> int:
        return int(self._limit)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[float]:
        """Hold one of the places; gives the time at which it was taken."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._under_way < self.limit)
            self._under_way += 1
        try:
            yield self._now()
        finally:
            async with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    def succeeded(self) -> None:
        self._limit = min(self._limit + 1 / self._limit, self._most)

    def pressed(self, began: float) -> None:
        """A request that began then was turned away, or took too long."""
        if began > self._decreased_at:
            self._limit = max(self._limit / 2, 1.0)
            self._decreased_at = self._now()
