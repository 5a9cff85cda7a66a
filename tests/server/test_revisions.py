from __future__ import annotations

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect

from server.database import Database
from server.revisions import configuration, upgrade
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
