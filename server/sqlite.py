"""SQLite by aiosqlite, which is asked once for a statement and not for every call that it takes.

A statement by SQLAlchemy is four calls (make a cursor, execute, fetch, close), and for each of them
aiosqlite wakes the thread that owns the connection, and is woken by it: that takes many times as
long as the statement itself. Here the four are one. A `BEGIN` waits for the statement behind it,
and so do statements that are said to belong together. It reaches into what aiosqlite and SQLAlchemy
keep for themselves; the tests of the database show whether it still fits.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import aiosqlite
from sqlalchemy.connectors.asyncio import AsyncAdapt_dbapi_connection
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
)
from sqlalchemy.util import EMPTY_DICT
from sqlalchemy.util.concurrency import await_


class Statement(NamedTuple):
    """What is to be executed; with many rows of values for an `executemany`."""

    many: bool
    text: str
    values: Any


class Executed(NamedTuple):
    """What a cursor says once it is through."""

    description: Any
    rowcount: int
    lastrowid: int | None
    rows: list[Any]


NOTHING = Executed(None, -1, None, [])


def _execute(connection: sqlite3.Connection, statements: Sequence[Statement]) -> Executed:
    """Execute one after the other; return what the last one says."""
    executed = NOTHING
    for many, text, values in statements:
        cursor = connection.cursor()
        try:
            (cursor.executemany if many else cursor.execute)(text, values)
            rows = cursor.fetchall() if cursor.description else []
            executed = Executed(cursor.description, cursor.rowcount, cursor.lastrowid, rows)
        finally:
            cursor.close()
    return executed


class Cursor(AsyncAdapt_aiosqlite_cursor):
    """Executes a statement, with all that belongs to it, in one call of the thread."""

    __slots__ = ()
    _adapt_connection: Connection

    def __init__(self, adapt_connection: AsyncAdapt_dbapi_connection) -> None:
        assert isinstance(adapt_connection, Connection)
        self._adapt_connection = adapt_connection
        self._connection = adapt_connection._connection
        self._soft_closed_memoized = EMPTY_DICT
        self._rows = deque()
        self._cursor: Any = NOTHING

    async def _execute_async(self, operation: Any, parameters: Any) -> None:
        await self._run(Statement(False, operation, () if parameters is None else parameters))

    async def _executemany_async(self, operation: Any, seq_of_parameters: Any) -> None:
        await self._run(Statement(True, operation, seq_of_parameters))

    async def _run(self, statement: Statement) -> None:
        self._cursor = await self._adapt_connection.execute_with_held(statement)
        self._rows = deque(self._cursor.rows)

    async def _async_soft_close(self) -> None:
        return

    def close(self) -> None:
        self._rows.clear()


class Connection(AsyncAdapt_aiosqlite_connection):
    """Makes such cursors, and does not roll back what is committed."""

    __slots__ = ("_held", "_holding")
    # A cursor of the driver is what the types want, and what is never made here.
    _cursor_cls: Any = Cursor

    def __init__(self, dbapi: Any, connection: Any) -> None:
        super().__init__(dbapi, connection)
        self._held: list[Statement] = []
        self._holding = False

    async def execute_with_held(self, statement: Statement) -> Executed:
        """Execute a statement behind those that wait, or let it wait too."""
        self._held.append(statement)
        if self._holding or statement.text.startswith("BEGIN"):
            return NOTHING
        return await self._execute_held()

    @asynccontextmanager
    async def together(self) -> AsyncIterator[None]:
        """Execute the block's statements, whose results nobody reads, with what comes behind."""
        self._holding = True
        try:
            yield
        finally:
            self._holding = False

    async def _execute_held(self) -> Executed:
        driver: Any = self._connection
        async with self._execute_mutex:
            held, self._held = self._held, []
            executed: Executed = await driver._execute(_execute, driver._conn, held)
        return executed

    def commit(self) -> None:
        driver: Any = self._connection
        if self._held or driver.in_transaction:
            self._held.append(Statement(False, "COMMIT", ()))
            try:
                await_(self._execute_held())
            except Exception as error:
                self._handle_exception(error)

    def rollback(self) -> None:
        self._held.clear()
        driver: Any = self._connection
        if driver._connection and driver.in_transaction:
            super().rollback()


def connector(
    dialect: Any, record: object, arguments: tuple[Any, ...], named: dict[str, Any]
) -> Connection:
    """Connect, as the event `do_connect` of an engine asks for it."""
    driver: Any = aiosqlite.connect(*arguments, **named)
    # The thread must not keep a process alive that has not closed its database.
    driver._thread.daemon = True
    return Connection(dialect.dbapi, await_(driver))
