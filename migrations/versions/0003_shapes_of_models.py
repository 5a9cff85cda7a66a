"""Shapes of registered models, from which memory is estimated."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

JSON = sa.JSON().with_variant(JSONB, "postgresql")

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column; models that were registered before keep none."""
    with op.batch_alter_table("model", schema=None) as batch_op:
        batch_op.add_column(sa.Column("shape", JSON, nullable=True))


def downgrade() -> None:
    """Drop it."""
    with op.batch_alter_table("model", schema=None) as batch_op:
        batch_op.drop_column("shape")
