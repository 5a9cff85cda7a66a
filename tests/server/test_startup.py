"""What the server demands before it listens."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text

from server import administration, revisions
from server.database import Database
from server.errors import CannotStart
from server.settings import Settings
from server.signals import Signals
from server.startup import prepare
from tests.server.world import World, good

BEFORE = f"{int(revisions.head()) - 1:04d}"


async def change(url: str, statement: str, **values: str) -> None:
    database = Database(url, Signals())
    async with database.writing() as session:
        await session.execute(text(statement), values)
    await database.close()


async def call_revision(url: str, revision: str) -> None:
    await change(url, "UPDATE alembic_version SET version_num = :revision", revision=revision)


async def downgrade(url: str) -> None:
    database = Database(url, Signals())
    async with database.writer.begin() as connection:
        await connection.run_sync(lambda c: command.downgrade(revisions.configuration(c), BEFORE))
    await database.close()


async def refusal(settings: Settings) -> str:
    with pytest.raises(CannotStart) as refused:
        await prepare(settings)
    return refused.value.detail


async def test_an_empty_database_gets_its_tables(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    await prepare(settings)
    database = Database(settings.database, Signals())
    assert await revisions.present(database.writer) == revisions.head()
    await database.close()
    await prepare(settings)


async def test_an_older_database_is_refused_with_both_revisions_and_the_command(
    settings: Settings,
) -> None:
    await downgrade(settings.database)
    detail = await refusal(settings)
    assert f"at revision {BEFORE} and this release needs {revisions.head()}" in detail
    assert "prism db migrate" in detail
    said = await administration.migrate(settings)
    assert said == f"The database is at revision {revisions.head()}, before {BEFORE}"
    await prepare(settings)


async def test_a_newer_database_is_refused(settings: Settings) -> None:
    await call_revision(settings.database, "9999")
    detail = await refusal(settings)
    await call_revision(settings.database, revisions.head())
    assert "at revision 9999, which a newer release made" in detail
    assert "prism db restore FILE" in detail


async def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    await change(settings.database, "CREATE TABLE recipes (title TEXT)")
    assert "something else (recipes)" in await refusal(settings)


async def test_a_database_out_of_reach_is_named_without_its_password(tmp_path: Path) -> None:
    url = "postgresql+psycopg://prism:geheim@127.0.0.1:1/prism"
    detail = await refusal(Settings(home=tmp_path, database_url=url))
    assert "prism:***@127.0.0.1:1/prism" in detail
    assert "PRISM_DATABASE_URL" in detail
    assert "geheim" not in detail


async def test_others_reach_a_server_only_once_an_administrator_can_sign_in(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    public = settings.model_copy(update={"host": "0.0.0.0", "behind_tls_proxy": True})
    await prepare(settings)
    assert "python -m server administrator NAME" in await refusal(public)
    monkeypatch.setattr(sys, "stdin", io.StringIO("short\n"))
    with pytest.raises(CannotStart, match="at least 10 characters"):
        await administration.set_administrator(public, "mara")
    monkeypatch.setattr(sys, "stdin", io.StringIO("a long password\n"))
    await administration.set_administrator(public, "mara")
    await prepare(public)
    # In a container whose port is published on loopback nobody else arrives.
    private = settings.model_copy(update={"host": "0.0.0.0", "private_network": True})
    await prepare(private)


async def test_the_administrator_of_the_command_line_signs_in(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("a long password\n"))
    await administration.set_administrator(settings, "mara")
    async with World.started(settings, ("false",)) as world:
        body = {"name": "mara", "password": "a long password"}
        browser = world.browser()
        assert good(await browser.post("/session/password", json=body))["administrator"]
        (entry, *_) = good(await world.admin.get("/audit-log", params={"kind": "user"}))["data"]
        assert (entry["actor"], entry["after"]["name"]) == ("command line", "mara")


async def test_a_server_is_ready_until_it_stops_or_its_database_is_another(world: World) -> None:
    ready = good(await world.anybody.get("/ready"))
    assert ready == {"status": "ready", "revision": revisions.head()}
    await call_revision(world.settings.database, "0001")
    other = await world.anybody.get("/ready")
    await call_revision(world.settings.database, revisions.head())
    assert (other.status_code, other.json()["code"]) == (503, "not_ready")
    assert "at revision 0001" in other.json()["detail"]
    world.parts.signals.closing = True
    assert (await world.anybody.get("/ready")).json()["detail"] == "The server is stopping."
    assert good(await world.anybody.get("/health"))["status"] == "ok"
