"""SQLite by aiosqlite, which is asked once for a statement and not for every call that it takes.

A statement by SQLAlchemy is four calls (make a cursor, execute, fetch, close), and for each of them
aiosqlite wakes the thread that owns the connection, and is woken by it: that takes many times as
long as the statement itself. Here the four are one. It reaches into what aiosqlite and SQLAlchemy
keep for themselves; the tests of the database show whether it still fits.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from typing import Any, NamedTuple

import aiosqlite
from sqlalchemy.connectors.asyncio import AsyncAdapt_dbapi_connection
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
)
from sqlalchemy.util import EMPTY_DICT
from sqlalchemy.util.concurrency import await_


class Executed(NamedTuple):
    """What a cursor says once it is through."""

    description: Any
    rowcount: int
    lastrowid: int | None
    rows: list[Any]


def _execute(connection: sqlite3.Connection, many: bool, statement: str, values: Any) -> Executed:
    cursor = connection.cursor()
    try:
        (cursor.executemany if many else cursor.execute)(statement, values)
        rows = cursor.fetchall() if cursor.description else []
        return Executed(cursor.description, cursor.rowcount, cursor.lastrowid, rows)
    finally:
        cursor.close()


class Cursor(AsyncAdapt_aiosqlite_cursor):
    """Executes a statement, with all that belongs to it, in one call of the thread."""

    __slots__ = ()

    def __init__(self, adapt_connection: AsyncAdapt_dbapi_connection) -> None:
        self._adapt_connection = adapt_connection
        self._connection = adapt_connection._connection
        self._soft_closed_memoized = EMPTY_DICT
        self._rows = deque()
        self._cursor: Any = Executed(None, -1, None, [])

    async def _execute_async(self, operation: Any, parameters: Any) -> None:
        await self._run(False, operation, () if parameters is None else parameters)

    async def _executemany_async(self, operation: Any, seq_of_parameters: Any) -> None:
        await self._run(True, operation, seq_of_parameters)

    async def _run(self, many: bool, statement: str, values: Any) -> None:
        driver: Any = self._connection
        async with self._adapt_connection._execute_mutex:
            executed = await driver._execute(_execute, driver._conn, many, statement, values)
        self._cursor = executed
        self._rows = deque(executed.rows)

    async def _async_soft_close(self) -> None:
        return

    def close(self) -> None:
        self._rows.clear()


class Connection(AsyncAdapt_aiosqlite_connection):
    """Makes such cursors, and does not roll back what is committed."""

    __slots__ = ()
    # A cursor of the driver is what the types want, and what is never made here.
    _cursor_cls: Any = Cursor

    def rollback(self) -> None:
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
