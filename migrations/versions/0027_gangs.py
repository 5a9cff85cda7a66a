"""Runs over several slots."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Create the tables, and add the columns; what ran before had one node."""
    for name in ("run", "attempt"):
        with op.batch_alter_table(name) as table:
            table.add_column(sa.Column("nodes", sa.Integer(), nullable=False, server_default="1"))
        with op.batch_alter_table(name) as table:
            table.alter_column("nodes", server_default=None)
    op.create_table(
        "seat",
        sa.Column("worker_id", sa.String(length=40), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(length=40), nullable=False),
        sa.Column("claim_key", sa.String(length=100), nullable=False),
        sa.Column("gpus", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_seat_run_id_run"),
        sa.ForeignKeyConstraint(["worker_id"], ["worker.id"], name="fk_seat_worker_id_worker"),
        sa.PrimaryKeyConstraint("worker_id", "slot", name="pk_seat"),
    )
    op.create_index("ix_seat_run_id", "seat", ["run_id"])
    op.create_table(
        "gang_member",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("attempt_id", sa.String(length=40), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("worker_id", sa.String(length=40), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("claim_key", sa.String(length=100), nullable=False),
        sa.Column("lease_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name="fk_gang_member_attempt_id_attempt"
        ),
        sa.ForeignKeyConstraint(
            ["worker_id"], ["worker.id"], name="fk_gang_member_worker_id_worker"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_gang_member"),
        sa.UniqueConstraint("attempt_id", "rank", name="uq_gang_member_attempt_id_rank"),
        sa.UniqueConstraint("worker_id", "claim_key", name="uq_gang_member_worker_id_claim_key"),
    )
    op.create_index("ix_gang_member_ended_at", "gang_member", ["ended_at"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("gang_member")
    op.drop_table("seat")
    for name in ("attempt", "run"):
        with op.batch_alter_table(name) as table:
            table.drop_column("nodes")
