"""The connection to SQLite or Postgres; sessions that read and sessions that write.

On SQLite there is one writer at a time (`BEGIN IMMEDIATE`, WAL) and readers never wait for it. What
a person asked for is let in before a worker's events.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, datetime
from functools import cache
from itertools import count
from typing import Any, Literal, cast

from pydantic_core import from_json, to_json
from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    Float,
    LargeBinary,
    TableClause,
    bindparam,
    column,
    event,
    func,
    make_url,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    create_async_engine,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement
from sqlalchemy.sql.selectable import ForUpdateArg
from sqlalchemy.types import TypeDecorator

from server.postgres import BinaryCursor, together
from server.signals import Signals, Told, Topic
from server.sqlite import connector

UPDATE_LOCK = ForUpdateArg(key_share=True)
"""How rows are locked that will be changed: `FOR NO KEY UPDATE` on Postgres.

A plain `FOR UPDATE` would also keep others from referring to the row, and Postgres checks a
reference again when a row is changed twice in one transaction: whoever adds to a run's history
would wait for its pipeline, against the order in which rows are locked.
"""


JSON_AS = {
    "json_serializer": lambda value: to_json(value).decode(),
    "json_deserializer": from_json,
}
"""Several times as fast as the standard library, with the same numbers."""


POOL: Mapping[str, Any] = {"pool_size": 5, "max_overflow": 15}

PAGES_AT_ONCE = 1000
"""So many pages of an SQLite file are given back before others may write."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC; SQLite, which knows no time zones, holds it without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and value.replace(tzinfo=UTC)


class database_clock(FunctionElement[datetime]):
    """The present moment by the database's clock: the only one that leases are measured by."""

    type = UtcDateTime()
    inherit_cache = True


@compiles(database_clock, "postgresql")
def _postgres_clock(element: object, compiler: SQLCompiler, **_: Any) -> str:
    # Not now(): that is when the transaction began, which may have waited for a lock since.
    return "clock_timestamp()"


@compiles(database_clock, "sqlite")
def _sqlite_clock(element: object, compiler: SQLCompiler, **_: Any) -> str:
    return "strftime('%Y-%m-%d %H:%M:%f000', 'now')"


class seconds_between(FunctionElement[float]):
    """Seconds from one moment to a later one."""

    type = Float()
    inherit_cache = True


@compiles(seconds_between, "postgresql")
def _postgres_seconds(element: seconds_between, compiler: SQLCompiler, **kw: Any) -> str:
    earlier, later = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"CAST(EXTRACT(EPOCH FROM ({later} - {earlier})) AS DOUBLE PRECISION)"


@compiles(seconds_between, "sqlite")
def _sqlite_seconds(element: seconds_between, compiler: SQLCompiler, **kw: Any) -> str:
    earlier, later = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"((julianday({later}) - julianday({earlier})) * 86400.0)"


class WriterTurn:
    """A lock whose patient waiters let the others go first."""

    def __init__(self) -> None:
        self._taken = False
        self._order = count()
        self._waiting: list[tuple[bool, int, asyncio.Future[None]]] = []

    @asynccontextmanager
    async def taken(self, *, patient: bool) -> AsyncIterator[None]:
        if self._taken:
            future = asyncio.get_running_loop().create_future()
            heapq.heappush(self._waiting, (patient, next(self._order), future))
            try:
                await future
            except asyncio.CancelledError:
                if future.done() and not future.cancelled():
                    self._pass_on()
                raise
        self._taken = True
        try:
            yield
        finally:
            self._pass_on()

    def _pass_on(self) -> None:
        while self._waiting:
            *_, future = heapq.heappop(self._waiting)
            if not future.done():
                future.set_result(None)
                return
        self._taken = False


class Database:
    """Opens sessions, and rings after a commit for those who wait for what was written."""

    def __init__(
        self, url: str, signals: Signals, writing_session: type[Session] = Session
    ) -> None:
        self._writing_session = writing_session
        self.url = make_url(url)
        self.dialect = cast("Literal['sqlite', 'postgresql']", self.url.get_backend_name())
        self._signals = signals
        self._turn = WriterTurn()
        if self.dialect == "sqlite":
            self.writer = _sqlite_engine(url, "BEGIN IMMEDIATE", pool_size=1)
            self._reader = _sqlite_engine(url, "BEGIN", pool_size=8)
        else:
            self.writer = create_async_engine(url, **POOL, **JSON_AS)
            # One statement for many rows: the driver would send each by itself.
            self.writer.dialect.use_insertmanyvalues_wo_returning = True
            # Whoever reads sees one moment, as on SQLite: a point that is folded from the log
            # into a chunk between two of his queries would else be seen twice or not at all.
            # With a pool of its own, whose connections are made so: where each is made so when it
            # is taken, a task that is cancelled in that moment leaves one that nobody gives back.
            self._reader = create_async_engine(
                url,
                isolation_level="REPEATABLE READ",
                # Not the writer: migrations ask for catalogues, of which SQLAlchemy expects text.
                connect_args={"cursor_factory": BinaryCursor},
                **POOL,
                **JSON_AS,
            )

    async def close(self) -> None:
        await self.writer.dispose()
        await self._reader.dispose()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        async with AsyncSession(self._reader, expire_on_commit=False) as session:
            yield session

    @asynccontextmanager
    async def writing(self, *, patient: bool = False) -> AsyncIterator[AsyncSession]:
        """One transaction: committed at the end of the block, rolled back if it raises."""
        turn = self._turn.taken(patient=patient) if self.dialect == "sqlite" else nullcontext()
        opened = AsyncSession(
            self.writer, sync_session_class=self._writing_session, expire_on_commit=False
        )
        async with turn, opened as session:
            async with session.begin():
                yield session
            topics: set[Topic] = session.info.get("topics", set())
            told: list[Told] = session.info.get("told", [])
        for news in told:
            self._signals.tell(news)
        for topic in topics:
            self._signals.ring(topic)

    async def give_back_room(self) -> None:
        """Return to the disk what is free of an SQLite file, but for a tenth that will be needed.

        Postgres does so by itself.
        """
        spare = await self._spare_pages() if self.dialect == "sqlite" else 0
        while spare > 0:
            turn = self._turn.taken(patient=True)
            async with turn, self.writer.connect() as connection:
                driver: Any = (await connection.get_raw_connection()).driver_connection
                # Executed alone, the pragma would end after the first page.
                await driver.executescript(f"PRAGMA incremental_vacuum({PAGES_AT_ONCE})")
            spare -= PAGES_AT_ONCE

    async def free_dead_rows(self, *tables: type[DeclarativeBase]) -> None:
        """Let rows take the room of those that changed or went, where it has become much.

        SQLite does so by itself, and Postgres looks whether it should once a minute: until then
        what changes many times a second would grow to many times its size.
        """
        if self.dialect == "sqlite":
            return
        names = [table.__tablename__ for table in tables]
        async with self.writer.connect() as connection:
            alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
            for name in await alone.scalars(_MANY_DEAD, {"names": names}):
                await alone.exec_driver_sql(f"VACUUM (SKIP_LOCKED, TRUNCATE OFF) {name}")

    async def _spare_pages(self) -> int:
        async with self._reader.connect() as connection:
            free, pages = [
                (await connection.exec_driver_sql(f"PRAGMA {what}")).scalar_one()
                for what in ("freelist_count", "page_count")
            ]
        return int(free - pages // 10)


_MANY_DEAD = text(
    "SELECT relname FROM pg_stat_user_tables WHERE schemaname = current_schema()"
    " AND relname = ANY(:names) AND n_dead_tup > 200 + n_live_tup / 5"
)


async def clock(session: AsyncSession) -> datetime:
    """Return the present moment by the database's clock."""
    now: datetime = (await session.execute(select(database_clock()))).scalar_one()
    return now


Settle = Callable[[postgresql.Insert], postgresql.Insert]
"""Adds to an insert what is to be done about rows that are there already."""


async def insert_many(
    session: AsyncSession,
    table: type[DeclarativeBase],
    rows: Sequence[Mapping[str, Any]],
    settle: Settle | None = None,
) -> None:
    """Insert many rows, each with all columns, at once.

    The session's changed objects wait: they are written once, at the end, and not before every
    statement that has nothing to do with them.
    """
    dialect = session.get_bind().dialect.name
    connection = await session.connection()
    # SQLite takes rows one by one as fast, and bytes are no JSON.
    if dialect == "postgresql" and not _holds_bytes(table):
        await connection.execute(_insert_of_all(table, settle), {"rows": rows})
    else:
        await connection.execute(_insert_of_each(dialect, table, settle), rows)


@cache
def _holds_bytes(table: type[DeclarativeBase]) -> bool:
    return any(isinstance(column.type, LargeBinary) for column in table.__table__.columns)


@cache
def _insert_of_all(table: type[DeclarativeBase], settle: Settle | None) -> postgresql.Insert:
    """Return an insert whose one parameter holds all rows.

    Hundreds of parameters are named, searched for and sent one by one, which takes longer than all
    else that a batch of events needs.
    """
    columns = list(table.__table__.columns)
    rows = func.json_to_recordset(bindparam("rows", type_=JSON))
    record = rows.table_valued(*(column(c.name, c.type) for c in columns))
    source = select(*record.render_derived(with_types=True).c)
    insert = postgresql.insert(cast("TableClause", table.__table__))
    statement = insert.from_select([c.name for c in columns], source)
    return settle(statement) if settle else statement


@cache
def _insert_of_each(
    dialect: str, table: type[DeclarativeBase], settle: Settle | None
) -> postgresql.Insert:
    insert = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[dialect]
    # The table and not its class: mapping rows to objects takes longer than the database does. The
    # two inserts have nothing in common for a type checker, but all that is used of them.
    statement = cast("postgresql.Insert", insert(cast("TableClause", table.__table__)))
    return settle(statement) if settle else statement


@asynccontextmanager
async def pipelined(connection: AsyncConnection) -> AsyncIterator[None]:
    """Let none of the block's statements wait for the answer to another.

    Nobody may read their results; what goes wrong is raised at the end, or with the commit.
    """
    raw: Any = await connection.get_raw_connection()
    sqlite = connection.dialect.name == "sqlite"
    async with raw.dbapi_connection.together() if sqlite else together(raw.driver_connection):
        yield


def wake(session: AsyncSession, topic: Topic) -> None:
    """Have the topic rung once the session's transaction is committed."""
    session.info.setdefault("topics", set()).add(topic)


def tell(session: AsyncSession, told: Told) -> None:
    """Have it told what is written once the session's transaction is committed."""
    session.info.setdefault("told", []).append(told)


def _sqlite_engine(url: str, begin: str, pool_size: int) -> AsyncEngine:
    engine = create_async_engine(
        url, pool_size=pool_size, max_overflow=0, connect_args={"timeout": 30}, **JSON_AS
    )
    event.listen(engine.sync_engine, "do_connect", connector)
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_with(begin))
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    # The driver would begin transactions by its own rules; ours begin where we say so.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA page_count")
    if cursor.fetchone() == (0,):
        # A file can give back room only if it was begun so.
        cursor.execute("PRAGMA auto_vacuum=INCREMENTAL")
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_with(statement: str) -> Callable[[Any], None]:
    def begin(connection: Any) -> None:
        connection.exec_driver_sql(statement)

    return begin
