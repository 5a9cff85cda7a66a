"""Chunks and pyramids of metrics, and what of the event log is not in them yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

LOOSE = sa.text("metrics IS NOT NULL")


def upgrade() -> None:
    """Create the tables; the steps that are there already are loose, every one."""
    for table, key, content in (
        ("metric_chunk", (), "points"),
        ("metric_pyramid", ("level",), "sums"),
    ):
        op.create_table(
            table,
            sa.Column("run_id", sa.String(length=40), nullable=False),
            sa.Column("attempt", sa.Integer(), nullable=False),
            *(sa.Column(name, sa.Integer(), nullable=False) for name in (*key, "block")),
            sa.Column("name", sa.String(length=80), nullable=False),
            sa.Column(content, sa.LargeBinary(), nullable=False),
            sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f(f"fk_{table}_run_id_run")),
            sa.PrimaryKeyConstraint(
                "run_id", "attempt", *key, "block", "name", name=op.f(f"pk_{table}")
            ),
        )
    # What is packed does not get smaller by being compressed, and would be read more slowly.
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE metric_chunk ALTER points SET STORAGE EXTERNAL")
        op.execute("ALTER TABLE metric_pyramid ALTER sums SET STORAGE EXTERNAL")
    op.execute("UPDATE event SET metrics = NULL WHERE type <> 'step_finished'")
    op.create_index(
        "ix_event_loose",
        "event",
        ["run_id", "attempt", "step"],
        sqlite_where=LOOSE,
        postgresql_where=LOOSE,
    )
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("loose_steps", sa.Integer(), nullable=False, server_default="0")
        )
        batch_op.create_index(batch_op.f("ix_attempt_loose_steps"), ["loose_steps"])
    op.execute(
        "UPDATE attempt SET loose_steps = (SELECT count(*) FROM event WHERE "
        "event.run_id = attempt.run_id AND event.attempt = attempt.number "
        "AND event.metrics IS NOT NULL)"
    )
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.alter_column("loose_steps", server_default=None)
    # The sums of a run's newest attempt are those of the run.
    op.execute(
        "DELETE FROM metric_latest WHERE attempt < (SELECT max(newer.attempt) "
        "FROM metric_latest AS newer WHERE newer.run_id = metric_latest.run_id)"
    )
    _key_of_latest("run_id", "name", dropped="attempt")


def downgrade() -> None:
    """Drop them, and with them the metrics that were folded away."""
    with op.batch_alter_table("metric_latest", schema=None) as batch_op:
        batch_op.add_column(sa.Column("attempt", sa.Integer(), nullable=False, server_default="1"))
    op.execute(
        "UPDATE metric_latest SET attempt = (SELECT max(number) FROM attempt "
        "WHERE attempt.run_id = metric_latest.run_id AND attempt.first_step IS NOT NULL)"
    )
    _key_of_latest("run_id", "attempt", "name")
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attempt_loose_steps"))
        batch_op.drop_column("loose_steps")
    op.drop_index("ix_event_loose", table_name="event")
    op.drop_table("metric_pyramid")
    op.drop_table("metric_chunk")


def _key_of_latest(*columns: str, dropped: str | None = None) -> None:
    with op.batch_alter_table("metric_latest", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("pk_metric_latest"), type_="primary")
        if dropped:
            batch_op.drop_column(dropped)
        else:
            batch_op.alter_column("attempt", server_default=None)
        batch_op.create_primary_key(op.f("pk_metric_latest"), list(columns))
