"""What attempts were carried out with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Add the column; what ran before recorded nothing."""
    with op.batch_alter_table("attempt") as table:
        table.add_column(sa.Column("environment_position", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Drop it."""
    with op.batch_alter_table("attempt") as table:
        table.drop_column("environment_position")
