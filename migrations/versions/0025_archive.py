"""Archived runs, runs that began anew, and names of checkpoints."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Add them; nothing was archived before, nor restarted."""
    # Not in batch mode: others refer to these tables, which would be copied and dropped.
    moment = sa.DateTime(timezone=True)
    op.add_column("pipeline", sa.Column("archived_at", moment, nullable=True))
    op.add_column("run", sa.Column("archived_at", moment, nullable=True))
    restarted = sa.Column("restarted_after", sa.Integer(), nullable=False, server_default="0")
    op.add_column("run", restarted)
    op.create_table(
        "checkpoint_name",
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("checkpoint_id", sa.String(length=40), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name="fk_checkpoint_name_project_id_project"
        ),
        sa.ForeignKeyConstraint(
            ["checkpoint_id"], ["checkpoint.id"], name="fk_checkpoint_name_checkpoint_id_checkpoint"
        ),
        sa.PrimaryKeyConstraint("project_id", "name", name="pk_checkpoint_name"),
    )
    op.create_index("ix_checkpoint_name_checkpoint_id", "checkpoint_name", ["checkpoint_id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("checkpoint_name")
    op.drop_column("run", "restarted_after")
    op.drop_column("run", "archived_at")
    op.drop_column("pipeline", "archived_at")
