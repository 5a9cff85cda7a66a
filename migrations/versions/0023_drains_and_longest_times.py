"""Workers that are drained, longest times of runs, and what devices do."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

JSON = sa.JSON().with_variant(JSONB, "postgresql")

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Add the columns; nothing had a longest time, or was drained, before."""
    with op.batch_alter_table("run") as table:
        table.add_column(sa.Column("max_seconds", sa.Integer(), nullable=True))
        table.add_column(sa.Column("out_of_time_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("worker") as table:
        table.add_column(sa.Column("draining_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("attempt") as table:
        table.add_column(sa.Column("device_use", JSON, nullable=True))


def downgrade() -> None:
    """Drop them."""
    with op.batch_alter_table("attempt") as table:
        table.drop_column("device_use")
    with op.batch_alter_table("worker") as table:
        table.drop_column("draining_at")
    with op.batch_alter_table("run") as table:
        table.drop_column("out_of_time_at")
        table.drop_column("max_seconds")
