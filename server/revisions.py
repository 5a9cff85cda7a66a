"""Brings the database to the revision that this release expects."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

import migrations


def configuration(connection: Connection) -> Config:
    """Return Alembic's configuration for an open connection."""
    assert migrations.__file__ is not None
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["connection"] = connection
    return config


async def upgrade(engine: AsyncEngine, revision: str = "head") -> None:
    """Apply what is missing; a database that is up to date is left alone."""
    async with engine.begin() as connection:
        await connection.run_sync(lambda c: command.upgrade(configuration(c), revision))
