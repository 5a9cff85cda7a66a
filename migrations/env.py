"""Runs migrations on the connection that `server.revisions` opened."""

from __future__ import annotations

from alembic import context

from server.tables import Table

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Table.metadata,
    # SQLite cannot alter a table: Alembic copies it instead.
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
