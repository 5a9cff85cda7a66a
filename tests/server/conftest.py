from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import URL

from server.database import Database
from server.revisions import upgrade
from server.settings import Settings
from server.signals import Signals
from server.tables import Table
from tests.server.world import World
from tests.services.postgres import conninfo, create_database, running_postgres
from tests.services.redis import running_redis

FAKE_ENGINE = (sys.executable, str(Path(__file__).parent / "fake_engine.py"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[URL]:
    with running_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def redis() -> Iterator[str]:
    with running_redis() as url:
        yield url


async def migrate(url: str) -> None:
    database = Database(url, Signals())
    await upgrade(database.writer)
    await database.close()


def url_of(database: URL) -> str:
    return database.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def migrated_postgres(postgres: URL) -> URL:
    """A database made by the migrations."""
    database = create_database(postgres, "migrated")
    asyncio.run(migrate(url_of(database)))
    return database


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    asyncio.run(migrate(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database made by the migrations, once on each dialect."""
    if request.param == "sqlite":
        path = tmp_path / "prism.db"
        shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
        return f"sqlite+aiosqlite:///{path}"
    database = request.getfixturevalue("migrated_postgres")
    empty(database)
    return url_of(database)


def empty(database: URL) -> None:
    """Forget what the test before has left; a new database for each would take much longer."""
    tables = ", ".join(f'"{table}"' for table in Table.metadata.tables)
    with psycopg.connect(conninfo(database)) as connection:
        connection.execute(f"TRUNCATE {tables} RESTART IDENTITY".encode())


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    # The events of these tests are of one moment, long ago; and a lease is longer than a busy
    # machine stands still.
    return Settings(
        home=tmp_path / "home",
        database_url=database_url,
        lease_seconds=60,
        heartbeat_seconds=0.4,
        stalled_seconds=1e9,
    )


@pytest.fixture
async def world(settings: Settings) -> AsyncIterator[World]:
    """The application, started, with a registered data set, model and worker."""
    async with World.started(settings, FAKE_ENGINE) as world:
        yield world
