"""Postgres by psycopg, which hands over in one go what belongs together.

In psycopg's own pipeline each statement is a write of its own, which wakes Postgres and takes
longer than the statement. This reaches into what psycopg keeps for itself; the tests of the
database show whether it still fits.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from psycopg import AsyncConnection, AsyncCursor, AsyncPipeline
from psycopg.abc import PQGen
from psycopg.pq import Format


class BinaryCursor(AsyncCursor[Any]):
    """Receives results as they lie in the database: as text, bytes take twice as many."""

    def __init__(self, connection: AsyncConnection[Any], **row_factory: Any) -> None:
        super().__init__(connection, **row_factory)
        self.format = Format.BINARY


class Together(AsyncPipeline):
    """A pipeline that keeps everything until its end, and then sends it by one write."""

    def __init__(self, connection: AsyncConnection[Any]) -> None:
        super().__init__(connection)
        self._keeping = True

    def _sync_gen(self) -> PQGen[None]:
        if not self._keeping:
            yield from super()._sync_gen()

    def _communicate_gen(self) -> PQGen[None]:
        if not self._keeping:
            while self.command_queue:
                self.command_queue.popleft()()
            yield from super()._communicate_gen()

    def _exit_gen(self) -> PQGen[None]:
        self._keeping = False
        yield from super()._exit_gen()


@asynccontextmanager
async def together(connection: AsyncConnection[Any]) -> AsyncIterator[None]:
    """Send the block's statements at its end; nobody may read their results before."""
    pipeline = connection._pipeline = Together(connection)
    try:
        async with pipeline:
            yield
    finally:
        connection._pipeline = None
