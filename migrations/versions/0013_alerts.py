"""Since when an attempt has stalled."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the column; nothing was known to stall before."""
    with op.batch_alter_table("attempt") as table:
        table.add_column(sa.Column("stalled_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Drop it."""
    with op.batch_alter_table("attempt") as table:
        table.drop_column("stalled_at")
