"""The step at which a run was when an alert was raised, so that its charts mark it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    """Add the column; where older alerts were raised nobody knows."""
    with op.batch_alter_table("alert") as table:
        table.add_column(sa.Column("step", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Drop it."""
    with op.batch_alter_table("alert") as table:
        table.drop_column("step")
