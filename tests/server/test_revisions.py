from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, inspect, text

from server.database import Database
from server.metrics import repository
from server.metrics.overlay import Visible
from server.metrics.pieces import Piece, read
from server.revisions import _tables_may_be_copied, configuration, upgrade
from server.signals import Signals
from server.tables import Table


async def test_the_migrations_make_just_the_tables(database_url: str) -> None:
    database = Database(database_url, Signals())

    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Table.metadata))

    async with database.writer.begin() as connection:
        assert await connection.run_sync(differences) == []
    await database.close()


async def test_down_and_up_again(database_url: str) -> None:
    database = Database(database_url, Signals())

    def tables(connection: Connection) -> set[str]:
        return set(inspect(connection).get_table_names())

    async with database.writer.begin() as connection:
        await connection.run_sync(lambda c: command.downgrade(configuration(c), "base"))
        assert await connection.run_sync(tables) == {"alembic_version"}
    await upgrade(database.writer)
    await upgrade(database.writer)
    async with database.writer.begin() as connection:
        assert await connection.run_sync(tables) == {*Table.metadata.tables, "alembic_version"}
    await database.close()


@pytest.mark.parametrize("table", sorted(Table.metadata.tables))
def test_every_constraint_has_a_name(table: str) -> None:
    constraints = Table.metadata.tables[table].constraints
    assert all(constraint.name for constraint in constraints)


LONG_AGO = "2026-01-01 00:00:00+00"
FOLDED = np.random.default_rng(1).normal(size=2000)
"""Steps 0 to 1999; 2000 and 2001 are loose."""


def _old_rows() -> dict[str, list[dict[str, Any]]]:
    """Return a run as the revision before the tail stored it."""
    key = {"run_id": "run_1", "attempt": 1, "name": "loss"}
    event = {"run_id": "run_1", "attempt": 1, "source": "engine", "type": "step_finished",
             "at": LONG_AGO}  # fmt: skip
    loose = {2000: {"loss": 0.1, "reward": -1e-300}, 2001: {"loss": 0.2}}
    return {
        "project": [{"id": "prj_1", "name": "p", "pipelines": 1, "created_at": LONG_AGO}],
        "token": [{"id": "tok_1", "digest": "d", "ending": "e", "name": "w", "permissions": "[]",
                   "created_at": LONG_AGO}],
        "worker": [{"id": "wrk_1", "token_id": "tok_1", "name": "w", "host": "h", "pid": 1,
                    "slots": 1, "queues": "[]", "registered_at": LONG_AGO, "seen_at": LONG_AGO}],
        "pipeline": [{"id": "pip_1", "project_id": "prj_1", "number": 1, "name": "n", "seed": 1,
                      "state": "running", "recipe": "{}", "created_at": LONG_AGO,
                      "created_by": "x", "version": 1}],
        "run": [{"id": "run_1", "pipeline_id": "pip_1", "place": 0, "name": "sft", "kind": "sft",
                 "config": "{}", "state": "running", "desired_state": "run", "queue": "default",
                 "priority": 0, "retries_left": 3, "attempt": 1, "step": 2001, "note": "",
                 "created_at": LONG_AGO, "stream_position": 4, "log_lines": 0, "version": 1}],
        "attempt": [{"id": "att_1", "run_id": "run_1", "number": 1, "worker_id": "wrk_1",
                     "claim_key": "k", "claimed_run": "{}", "claimed_at": LONG_AGO,
                     "lease_expires_at": LONG_AGO, "first_step": 0, "engine_seq": 4,
                     "worker_seq": 0, "loose_steps": 2, "quarantined": 0}],
        "event": [event | {"seq": step, "position": step, "step": step, "metrics": json.dumps(m)}
                  for step, m in loose.items()],
        "metric_chunk": [key | {"block": block, "points": _raw(block * 1024, part)}
                         for block, part in enumerate((FOLDED[:1024], FOLDED[1024:]))],
        "metric_pyramid": [key | {"level": level, "block": 0, "sums": _sums(level)}
                           for level in (16, 256)],
    }  # fmt: skip


def _sums(level: int) -> bytes:
    parts = [FOLDED[first : first + level] for first in range(0, len(FOLDED), level)]
    ends = np.cumsum([len(part) for part in parts]) - 1
    columns = [(end, part[-1], part.min(), part.max(), part.sum(), len(part))
               for end, part in zip(ends, parts, strict=True)]  # fmt: skip
    return np.array(columns, "<f8").T.tobytes()


def _raw(first: int, values: np.ndarray) -> bytes:
    steps = np.arange(first, first + len(values))
    return values.astype("<f8").tobytes() + steps.astype("<i4").tobytes()


async def test_no_number_is_lost_when_chunks_are_packed_anew(database_url: str) -> None:
    database = Database(database_url, Signals())

    async def step_back() -> None:
        async with database.writer.connect() as connection, _tables_may_be_copied(connection):
            await connection.run_sync(lambda c: command.downgrade(configuration(c), "0014"))
            await connection.commit()

    def fill(connection: Connection) -> None:
        for table, rows in _old_rows().items():
            columns = ", ".join(rows[0])
            values = ", ".join(f":{column}" for column in rows[0])
            statement = f"INSERT INTO {table} ({columns}) VALUES ({values})"  # noqa: S608 (names of ours)
            connection.execute(text(statement), rows)

    def stored(connection: Connection) -> dict[str, list[Any]]:
        metadata = MetaData()
        metadata.reflect(connection)
        return {
            table: sorted(map(tuple, connection.execute(metadata.tables[table].select())), key=str)
            for table in ("metric_chunk", "metric_pyramid", "event")
        }

    await step_back()
    async with database.writer.begin() as connection:
        await connection.run_sync(fill)
    async with database.writer.begin() as connection:
        before = await connection.run_sync(stored)
    await upgrade(database.writer)
    async with database.reading() as session:
        curves = await repository.curves(session, "run_1", [Visible(1, None)])
        pieces = [Piece(1, level, first=0) for level in (16, 1024)]
        sums, longer = await read(session, "run_1", pieces, None)
    assert curves["loss"].steps.tolist() == list(range(2002))
    assert curves["loss"].last.tolist() == [*FOLDED.tolist(), 0.1, 0.2]
    assert (curves["reward"].steps.tolist(), curves["reward"].last.tolist()) == ([2000], [-1e-300])
    assert sums["loss"].total.tolist() == FOLDED.reshape(-1, 16).sum(1).tolist()
    assert sums["loss"].count.tolist() == [16] * 125
    assert longer["loss"].steps.tolist() == [1023, 1999]
    assert longer["loss"].last.tolist() == [FOLDED[1023], FOLDED[1999]]
    assert longer["loss"].maximum.tolist() == [FOLDED[:1024].max(), FOLDED[1024:].max()]
    assert longer["loss"].count.tolist() == [1024, 976]
    await step_back()
    async with database.writer.begin() as connection:
        assert await connection.run_sync(stored) == before
    await upgrade(database.writer)
    await database.close()


async def test_a_file_of_an_older_release_is_made_one_that_can_shrink(tmp_path: Path) -> None:
    path = tmp_path / "prism.db"
    with sqlite3.connect(path) as old:
        old.execute("CREATE TABLE something (x)")
    database = Database(f"sqlite+aiosqlite:///{path}", Signals())
    await upgrade(database.writer)
    await database.close()
    with sqlite3.connect(path) as new:
        assert new.execute("PRAGMA auto_vacuum").fetchone() == (2,)
        assert new.execute("PRAGMA integrity_check").fetchone() == ("ok",)
