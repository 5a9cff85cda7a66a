"""Brings the database to the revision that this release expects, and says when it is at another."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

import migrations
from server.errors import CannotStart

UPGRADE_LOCK = 5_713_042
"""Servers that start at once on an empty Postgres database make its tables one after another."""

INCREMENTAL = 2
"""How SQLite calls a file that gives back room when it is asked to."""


def configuration(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration for an open connection, or to look at the revisions only."""
    assert migrations.__file__ is not None
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["connection"] = connection
    return config


@cache
def head() -> str:
    """Return the revision that this release expects."""
    revision = ScriptDirectory.from_config(configuration()).get_current_head()
    assert revision is not None
    return revision


@cache
def known() -> frozenset[str]:
    """Return every revision up to the one that this release expects."""
    scripts = ScriptDirectory.from_config(configuration()).walk_revisions()
    return frozenset(script.revision for script in scripts)


async def tables(engine: AsyncEngine) -> list[str]:
    """Return the names of all tables that there are."""
    async with engine.connect() as connection:
        return await connection.run_sync(lambda c: inspect(c).get_table_names())


async def present(engine: AsyncEngine) -> str | None:
    """Return the revision that the database is at; None before the first."""
    async with engine.connect() as connection:
        return await connection.run_sync(present_of)


def present_of(connection: Connection) -> str | None:
    """Return the revision that the database of an open connection is at."""
    return MigrationContext.configure(connection).get_current_revision()


async def create_or_require_head(engine: AsyncEngine) -> None:
    """Make the tables of an empty database; one that holds something must be at the head.

    Raises:
        CannotStart: it is at another revision, or holds something else.
    """
    found, there = await present(engine), await tables(engine)
    if found is None and not there:
        await upgrade(engine)
    elif found is None:
        raise CannotStart(
            f"The database holds tables of something else ({', '.join(sorted(there)[:3])}); "
            "name one of its own in PRISM_DATABASE_URL."
        )
    elif found != head():
        raise CannotStart(_at_another(found))


def _at_another(found: str) -> str:
    if found in known():
        return (
            f"The database is at revision {found} and this release needs {head()}: make a backup "
            "(`prism db backup FILE`), then run `prism db migrate`."
        )
    return (
        f"The database is at revision {found}, which a newer release made, and this one needs "
        f"{head()}: install that release, or restore an older backup (`prism db restore FILE`)."
    )


async def upgrade(engine: AsyncEngine, revision: str = "head") -> None:
    """Apply what is missing; a database that is up to date is left alone."""
    async with engine.connect() as connection, _tables_may_be_copied(connection):
        if connection.dialect.name == "postgresql":
            await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({UPGRADE_LOCK})")
        await connection.run_sync(lambda c: command.upgrade(configuration(c), revision))
        await _refuse_broken_references(connection)
        await connection.commit()
        await _let_shrink(connection)


async def _let_shrink(connection: AsyncConnection) -> None:
    """Write an SQLite file anew, once, that was begun without the means to give back room."""
    if connection.dialect.name != "sqlite":
        return
    kind = (await connection.exec_driver_sql("PRAGMA auto_vacuum")).scalar_one()
    await connection.rollback()
    if kind != INCREMENTAL:
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        await driver.execute("PRAGMA auto_vacuum=INCREMENTAL")
        await driver.execute("VACUUM")


@asynccontextmanager
async def _tables_may_be_copied(connection: AsyncConnection) -> AsyncIterator[None]:
    """Have SQLite, which alters a table by copying it, hold references to it loose meanwhile.

    Else the drop of the old table would count as the end of everything that refers to it.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None
    # Within a transaction, which SQLAlchemy would begin, the pragma does nothing.
    await driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        await connection.rollback()
        await driver.execute("PRAGMA foreign_keys=ON")


async def _refuse_broken_references(connection: AsyncConnection) -> None:
    if connection.dialect.name == "sqlite":
        broken = (await connection.exec_driver_sql("PRAGMA foreign_key_check")).all()
        if broken:
            raise CannotStart(f"The migration would leave references to nothing: {broken[:3]}")
