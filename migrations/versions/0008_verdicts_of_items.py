"""Verdicts on the items of benchmarks, by which two policies are compared."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

JSON = sa.JSON().with_variant(JSONB, "postgresql")

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the table; evaluations that ended before are in none of its rows."""
    op.create_table(
        "benchmark_verdicts",
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("benchmark", sa.String(), nullable=False),
        sa.Column("arm", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("asked", sa.String(length=64), nullable=False),
        sa.Column("groups", JSON, nullable=False),
        sa.Column("right", JSON, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"]),
        sa.PrimaryKeyConstraint("run_id", "benchmark", "arm"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("benchmark_verdicts")
