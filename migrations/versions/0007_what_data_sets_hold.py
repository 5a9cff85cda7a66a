"""What data sets hold: demonstrations, answers, splits, the report of an import, and a preview."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

JSON = sa.JSON().with_variant(JSONB, "postgresql")

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the columns; what was registered before keeps no counts, and shows no preview."""
    with op.batch_alter_table("dataset", schema=None) as batch_op:
        batch_op.add_column(sa.Column("demonstrations", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("answers", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("splits", JSON, nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("imported", JSON, nullable=True))
    with op.batch_alter_table("dataset", schema=None) as batch_op:
        batch_op.alter_column("splits", server_default=None)
    op.execute("UPDATE dataset SET preview = '[]'")


def downgrade() -> None:
    """Drop them."""
    with op.batch_alter_table("dataset", schema=None) as batch_op:
        for name in ("demonstrations", "answers", "splits", "imported"):
            batch_op.drop_column(name)
