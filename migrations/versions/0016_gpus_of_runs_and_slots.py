"""What runs need, and what the slots of workers have."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

JSON = sa.JSON().with_variant(JSONB, "postgresql")

revision = "0016"
down_revision = "0015"

FILLED = {
    "worker": [("devices", JSON, "[]")],
    "attempt": [("slot", sa.Integer(), "0"), ("gpus", sa.Integer(), "0")],
}
"""Columns that may not be null, and what the rows that are there get."""


def upgrade() -> None:
    """Add the columns; what ran before is taken to have held no GPU."""
    with op.batch_alter_table("run") as table:
        table.add_column(sa.Column("gpus", sa.Integer(), nullable=True))
        table.add_column(sa.Column("gpu_memory", sa.Integer(), nullable=True))
    for name, columns in FILLED.items():
        with op.batch_alter_table(name) as table:
            for column, kind, filling in columns:
                table.add_column(sa.Column(column, kind, nullable=False, server_default=filling))
        with op.batch_alter_table(name) as table:
            for column, _, _ in columns:
                table.alter_column(column, server_default=None)


def downgrade() -> None:
    """Drop them."""
    for name, columns in FILLED.items():
        with op.batch_alter_table(name) as table:
            for column, _, _ in columns:
                table.drop_column(column)
    with op.batch_alter_table("run") as table:
        table.drop_column("gpu_memory")
        table.drop_column("gpus")
