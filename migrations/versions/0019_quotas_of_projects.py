"""Quotas of projects, and until when a worker is taken to be there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Add the columns; no project has a quota, and workers are there once they are heard of."""
    with op.batch_alter_table("project") as table:
        table.add_column(sa.Column("max_runs", sa.Integer(), nullable=True))
        table.add_column(sa.Column("max_gpus", sa.Integer(), nullable=True))
    with op.batch_alter_table("worker") as table:
        table.add_column(sa.Column("online_until", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Drop them."""
    with op.batch_alter_table("worker") as table:
        table.drop_column("online_until")
    with op.batch_alter_table("project") as table:
        table.drop_column("max_gpus")
        table.drop_column("max_runs")
