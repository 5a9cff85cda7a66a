"""A consistent copy of a Postgres database by COPY: no program of its version has to be installed.

Tables are made by the migrations, so that a copy holds rows and the names of their columns only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import Connection, IsolationLevel
from psycopg.abc import Buffer
from psycopg.sql import SQL, Composed, Identifier
from sqlalchemy import URL

COLUMNS = "columns.json"
PIECE = 1 << 20

TABLES = """
SELECT c.table_name, array_agg(c.column_name::text ORDER BY c.ordinal_position)
FROM information_schema.columns AS c
JOIN information_schema.tables AS t USING (table_schema, table_name)
WHERE t.table_schema = current_schema() AND t.table_type = 'BASE TABLE'
  AND c.table_name <> 'alembic_version'
GROUP BY c.table_name ORDER BY c.table_name
"""

REFERENCES = """
SELECT k.conname, r.relname, pg_get_constraintdef(k.oid)
FROM pg_constraint AS k JOIN pg_class AS r ON r.oid = k.conrelid
WHERE k.contype = 'f' AND k.connamespace = current_schema()::regnamespace
"""


def connect(url: URL) -> Connection:
    """Open the database as libpq does, with PGPASSWORD and the like."""
    return psycopg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False))


def dump(url: URL, folder: Path) -> None:
    """Copy every table as it is at one moment; writers do not wait for it."""
    with connect(url) as connection:
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        tables: dict[str, list[str]] = dict(connection.execute(TABLES).fetchall())
        (folder / COLUMNS).write_text(json.dumps(tables))
        for table, columns in tables.items():
            with (folder / table).open("wb") as file:
                for piece in _rows(connection, table, columns):
                    file.write(piece)


def _rows(connection: Connection, table: str, columns: list[str]) -> Iterator[Buffer]:
    with connection.cursor().copy(_statement("COPY {} ({}) TO STDOUT", table, columns)) as copy:
        yield from copy


def load(url: URL, folder: Path) -> None:
    """Fill the tables, which are of the copy's revision, in one transaction."""
    tables: dict[str, list[str]] = json.loads((folder / COLUMNS).read_text())
    with connect(url) as connection:
        references = connection.execute(REFERENCES).fetchall()
        # Tables may refer to each other in circles; what they refer to is checked at the end.
        for name, table, _ in references:
            drop = SQL("ALTER TABLE {} DROP CONSTRAINT {}")
            connection.execute(drop.format(Identifier(table), Identifier(name)))
        for table, columns in tables.items():
            connection.execute(SQL("TRUNCATE {}").format(Identifier(table)))
            _fill(connection, table, columns, folder / table)
            _go_on_counting(connection, table, columns)
        for name, table, definition in references:
            add = SQL("ALTER TABLE {} ADD CONSTRAINT {} {}")
            connection.execute(add.format(Identifier(table), Identifier(name), SQL(definition)))


def _fill(connection: Connection, table: str, columns: list[str], path: Path) -> None:
    statement = _statement("COPY {} ({}) FROM STDIN", table, columns)
    with connection.cursor().copy(statement) as copy, path.open("rb") as file:
        while piece := file.read(PIECE):
            copy.write(piece)


def _go_on_counting(connection: Connection, table: str, columns: list[str]) -> None:
    """Have numbers that the database gives go on after those that are there."""
    for column in columns:
        query = "SELECT pg_get_serial_sequence(quote_ident(%s), %s)"
        (sequence,) = connection.execute(query, [table, column]).fetchone() or (None,)
        if sequence is not None:
            newest = SQL("SELECT setval(%s, coalesce(max({}), 0) + 1, false) FROM {}")
            connection.execute(newest.format(Identifier(column), Identifier(table)), [sequence])


def _statement(text: str, table: str, columns: list[str]) -> Composed:
    names = SQL(", ").join(map(Identifier, columns))
    return SQL(text).format(Identifier(table), names)
