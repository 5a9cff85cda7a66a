from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import delete, insert, select, text
from sqlalchemy.exc import IntegrityError

from server.database import Database, WriterTurn, clock, pipelined, wake
from server.revisions import upgrade
from server.signals import Signals
from server.tables import Project


async def test_verbs_go_before_ingest() -> None:
    turn = WriterTurn()
    order = []

    async def write(name: str, *, patient: bool) -> None:
        async with turn.taken(patient=patient):
            order.append(name)
            await asyncio.sleep(0)

    async with turn.taken(patient=True):
        tasks = [
            asyncio.create_task(write("ingest 1", patient=True)),
            asyncio.create_task(write("ingest 2", patient=True)),
            asyncio.create_task(write("verb", patient=False)),
        ]
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert order == ["verb", "ingest 1", "ingest 2"]


async def test_whoever_gives_up_waiting_does_not_keep_the_turn() -> None:
    turn = WriterTurn()

    async def write() -> None:
        async with turn.taken(patient=False):
            pass

    async with turn.taken(patient=False):
        waiting = asyncio.create_task(write())
        await asyncio.sleep(0)
    # The turn was passed to it, and it is cancelled before it can take it.
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    async with asyncio.timeout(1), turn.taken(patient=False):
        pass


async def test_moments_are_utc_by_the_databases_clock(database_url: str) -> None:
    database = Database(database_url, Signals())
    async with database.writing() as session:
        session.add(Project(id="prj_1", name="x"))
    async with database.reading() as session:
        now = await clock(session)
        created = (await session.get_one(Project, "prj_1")).created_at
    assert created.tzinfo is UTC
    assert timedelta(0) <= now - created < timedelta(seconds=5)
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=5)
    await database.close()


async def test_what_fails_is_rolled_back_and_rings_nobody(database_url: str) -> None:
    signals = Signals()
    database = Database(database_url, signals)

    async def fail() -> None:
        async with database.writing() as session:
            session.add(Project(id="prj_1", name="x"))
            wake(session, "queue")
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        await fail()
    assert signals.rings("queue") == 0
    async with database.writing() as session:
        assert (await session.execute(text("SELECT count(*) FROM project"))).scalar_one() == 0
        wake(session, "queue")
    assert signals.rings("queue") == 1
    await database.close()


async def test_readers_do_not_wait_for_a_writer(database_url: str) -> None:
    database = Database(database_url, Signals())
    async with database.writing() as writing:
        writing.add(Project(id="prj_1", name="x"))
        await writing.flush()
        async with asyncio.timeout(2), database.reading() as session:
            assert (await session.execute(text("SELECT count(*) FROM project"))).scalar_one() == 0
    await database.close()


async def test_a_ring_between_look_and_wait_is_not_missed() -> None:
    signals = Signals()
    seen = signals.rings("runs")
    signals.ring("runs")
    async with asyncio.timeout(0.5):
        await signals.wait("runs", seen, 10)
    waiting = asyncio.create_task(signals.wait("runs", signals.rings("runs"), 10))
    await asyncio.sleep(0)
    signals.close()
    async with asyncio.timeout(0.5):
        await waiting


async def test_a_file_gives_back_the_room_of_rows_that_are_gone(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/prism.db"
    database = Database(url, Signals())
    await upgrade(database.writer)
    async with database.writing() as session:
        session.add(Project(id="prj_1", name="x"))
    many = [{"id": f"prj_x{number}", "name": str(number) * 700} for number in range(10_000, 13_000)]

    async def pages() -> int:
        async with database.reading() as session:
            return int((await session.execute(text("PRAGMA page_count"))).scalar_one())

    before = await pages()
    async with database.writing() as session:
        await session.execute(insert(Project), many)
    grown = await pages()
    async with database.writing() as session:
        await session.execute(delete(Project).where(Project.id.startswith("prj_x")))
    await database.give_back_room()
    assert grown > before + 2000
    assert await pages() < before + 0.2 * (grown - before)
    async with database.reading() as session:
        assert list(await session.scalars(select(Project.name))) == ["x"]
    await database.close()


async def add_together(database: Database, *numbers: int) -> None:
    add = insert(Project.__table__)
    async with database.writing() as session:
        connection = await session.connection()
        async with pipelined(connection):
            for number in numbers:
                row = {"id": f"prj_{number}", "name": str(number)}
                assert (await connection.execute(add, [row])).rowcount < 1


async def test_statements_that_go_together_are_all_executed_or_none(database_url: str) -> None:
    database = Database(database_url, Signals())
    await add_together(database, 1, 2)
    with pytest.raises((IntegrityError, psycopg.IntegrityError)):
        await add_together(database, 3, 1)
    async with database.reading() as session:
        names = await session.scalars(select(Project.name).order_by(Project.name))
        assert list(names) == ["1", "2"]
    await database.close()


async def test_what_is_begun_and_left_holds_nothing(database_url: str) -> None:
    database, other = Database(database_url, Signals()), Database(database_url, Signals())
    async with database.writing() as session:
        await session.connection()
        async with other.writing() as elsewhere:
            elsewhere.add(Project(id="prj_1", name="x"))
    async with database.writing() as session:
        assert (await session.get_one(Project, "prj_1")).name == "x"
    await database.close()
    await other.close()


async def test_rows_that_change_often_take_each_others_room(database_url: str) -> None:
    database = Database(database_url, Signals())
    async with database.writing() as session:
        session.add(Project(id="prj_1", name="x"))
    change = text("UPDATE project SET pipelines = pipelines + 1")
    for _ in range(2):
        async with database.writing() as session:
            for _ in range(300):
                await session.execute(change)
            if database.dialect == "postgresql":
                await session.execute(text("SELECT pg_stat_force_next_flush()"))
        await database.free_dead_rows(Project)
    if database.dialect == "postgresql":
        async with database.reading() as session:
            what = "n_dead_tup, vacuum_count FROM pg_stat_user_tables WHERE relname = 'project'"
            assert (await session.execute(text(f"SELECT {what}"))).one() == (0, 2)
    async with database.reading() as session:
        assert await session.scalar(text("SELECT pipelines FROM project")) == 600
    await database.close()
