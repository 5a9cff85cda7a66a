"""Audits of the game, by run and step."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

JSON = sa.JSON().with_variant(JSONB, "postgresql")

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the table of audits."""
    op.create_table(
        "game_audit",
        sa.Column("run_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("audit", JSON, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_game_audit_run_id_run")),
        sa.PrimaryKeyConstraint("run_id", "position", name=op.f("pk_game_audit")),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("game_audit")
