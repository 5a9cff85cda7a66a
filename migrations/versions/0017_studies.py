"""Studies: pipelines of one recipe over a grid."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    """Create the table; no pipeline that is there belongs to one."""
    op.create_table(
        "study",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("recipe", JSON, nullable=False),
        sa.Column("grid", JSON, nullable=False),
        sa.Column("arms", JSON, nullable=False),
        sa.Column("most_at_once", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_study_project_id_project"),
        sa.PrimaryKeyConstraint("id", name="pk_study"),
    )
    op.create_index("ix_study_project_id", "study", ["project_id"])
    with op.batch_alter_table("pipeline", schema=None) as batch_op:
        batch_op.add_column(sa.Column("study_id", sa.String(length=40), nullable=True))
        batch_op.create_foreign_key("fk_pipeline_study_id_study", "study", ["study_id"], ["id"])
    op.create_index("ix_pipeline_study_id", "pipeline", ["study_id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_pipeline_study_id", table_name="pipeline")
    with op.batch_alter_table("pipeline", schema=None) as batch_op:
        batch_op.drop_constraint("fk_pipeline_study_id_study", type_="foreignkey")
        batch_op.drop_column("study_id")
    op.drop_index("ix_study_project_id", table_name="study")
    op.drop_table("study")
