"""How a webhook's events are written."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Add the column; every webhook so far is one of Standard Webhooks."""
    kind = sa.Column("kind", sa.String(length=20), nullable=False, server_default="standard")
    op.add_column("webhook", kind)


def downgrade() -> None:
    """Drop it."""
    op.drop_column("webhook", "kind")
