"""Attempts that no worker executed: those of imported runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Let an attempt have no worker."""
    with op.batch_alter_table("attempt") as table:
        table.alter_column("worker_id", existing_type=sa.String(length=40), nullable=True)


def downgrade() -> None:
    """Forget attempts without a worker, and require one again."""
    op.execute("DELETE FROM attempt WHERE worker_id IS NULL")
    with op.batch_alter_table("attempt") as table:
        table.alter_column("worker_id", existing_type=sa.String(length=40), nullable=False)
