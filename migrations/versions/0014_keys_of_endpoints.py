"""Sealed secrets of endpoints."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "endpoint_key",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name="fk_endpoint_key_project_id_project"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_endpoint_key"),
        sa.UniqueConstraint("project_id", "name", name="uq_endpoint_key_project_id_name"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("endpoint_key")
