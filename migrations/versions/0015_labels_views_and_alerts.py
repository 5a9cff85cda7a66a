"""Tags and notes of pipelines, saved views of the list of runs, and alerts that are kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

JSON = sa.JSON().with_variant(JSONB, "postgresql")

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Create them."""
    # Not in batch mode: others refer to the table of pipelines, which would be copied and dropped.
    op.add_column("pipeline", sa.Column("note", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "pipeline_tag",
        sa.Column("tag", sa.String(length=63), nullable=False),
        sa.Column("pipeline_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["pipeline_id"], ["pipeline.id"], name="fk_pipeline_tag_pipeline_id_pipeline"
        ),
        sa.PrimaryKeyConstraint("tag", "pipeline_id", name="pk_pipeline_tag"),
    )
    op.create_index("ix_pipeline_tag_pipeline_id", "pipeline_tag", ["pipeline_id"])
    op.create_table(
        "saved_view",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("filter", sa.String(length=2000), nullable=False),
        sa.Column("sort", sa.String(length=100), nullable=True),
        sa.Column("columns", JSON, nullable=True),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name="fk_saved_view_project_id_project"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_saved_view"),
        sa.UniqueConstraint("project_id", "name", name="uq_saved_view_project_id_name"),
    )
    op.create_table(
        "alert",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("pipeline_id", sa.String(length=40), nullable=False),
        sa.Column("run_id", sa.String(length=40), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["pipeline_id"], ["pipeline.id"], name="fk_alert_pipeline_id_pipeline"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_alert_run_id_run"),
        sa.PrimaryKeyConstraint("id", name="pk_alert"),
    )
    op.create_index("ix_alert_pipeline_id", "alert", ["pipeline_id"])
    op.create_index("ix_alert_run_id", "alert", ["run_id"])


def downgrade() -> None:
    """Drop them."""
    for table in ("alert", "saved_view", "pipeline_tag"):
        op.drop_table(table)
    op.drop_column("pipeline", "note")
