"""Brings the database to the revision that this release expects."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

import migrations
from server.errors import CannotStart


def configuration(connection: Connection) -> Config:
    """Return Alembic's configuration for an open connection."""
    assert migrations.__file__ is not None
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["connection"] = connection
    return config


async def upgrade(engine: AsyncEngine, revision: str = "head") -> None:
    """Apply what is missing; a database that is up to date is left alone."""
    async with engine.connect() as connection, _tables_may_be_copied(connection):
        await connection.run_sync(lambda c: command.upgrade(configuration(c), revision))
        await _refuse_broken_references(connection)
        await connection.commit()


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
