"""What pipelines were forked from, and checkpoints that runs start from in place of a parent's."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

JSON = sa.JSON().with_variant(JSONB, "postgresql")

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Add them; nothing launched before was a fork."""
    # Not in batch mode: others refer to the table of pipelines, which would be copied and dropped.
    op.add_column("pipeline", sa.Column("forked_from_id", sa.String(length=40), nullable=True))
    op.add_column("pipeline", sa.Column("forked_from_run_id", sa.String(length=40), nullable=True))
    op.add_column("pipeline", sa.Column("forked_from_step", sa.Integer(), nullable=True))
    changes = sa.Column("changes", JSON, nullable=False, server_default="[]")
    op.add_column("pipeline", changes)
    op.create_index("ix_pipeline_forked_from_id", "pipeline", ["forked_from_id"])
    op.create_index("ix_pipeline_forked_from_run_id", "pipeline", ["forked_from_run_id"])
    op.create_table(
        "run_source",
        sa.Column("run_id", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("checkpoint_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_run_source_run_id_run"),
        sa.ForeignKeyConstraint(
            ["checkpoint_id"], ["checkpoint.id"], name="fk_run_source_checkpoint_id_checkpoint"
        ),
        sa.PrimaryKeyConstraint("run_id", "role", name="pk_run_source"),
    )
    op.create_index("ix_run_source_checkpoint_id", "run_source", ["checkpoint_id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("run_source")
    op.drop_index("ix_pipeline_forked_from_run_id", "pipeline")
    op.drop_index("ix_pipeline_forked_from_id", "pipeline")
    for column in ("changes", "forked_from_step", "forked_from_run_id", "forked_from_id"):
        op.drop_column("pipeline", column)
