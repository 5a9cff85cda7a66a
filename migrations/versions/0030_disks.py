"""What workers say of their disks, and alerts of no pipeline."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    """Add the column; no worker has said anything yet."""
    kept = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    with op.batch_alter_table("worker") as table:
        table.add_column(sa.Column("disk", kept, nullable=True))
    with op.batch_alter_table("alert") as table:
        table.alter_column("pipeline_id", existing_type=sa.String(length=40), nullable=True)


def downgrade() -> None:
    """Drop it, and the alerts that are of no pipeline."""
    op.execute("DELETE FROM alert WHERE pipeline_id IS NULL")
    with op.batch_alter_table("alert") as table:
        table.alter_column("pipeline_id", existing_type=sa.String(length=40), nullable=False)
    with op.batch_alter_table("worker") as table:
        table.drop_column("disk")
