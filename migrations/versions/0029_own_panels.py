"""Charts that people have put together for themselves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

JSON = sa.JSON().with_variant(JSONB, "postgresql")

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "own_panels",
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("panels", JSON, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_own_panels_user_id_user"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name="fk_own_panels_project_id_project"
        ),
        sa.PrimaryKeyConstraint("user_id", "project_id", name="pk_own_panels"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("own_panels")
