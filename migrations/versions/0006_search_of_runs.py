"""Tags, notes and words of runs, and the indexes by which runs are looked for."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

WORD = sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql")


def upgrade() -> None:
    """Create them; runs that are there already are found by their names."""
    for table, column in (
        ("run_tag", sa.Column("tag", sa.String(length=63), nullable=False)),
        ("run_word", sa.Column("word", WORD, nullable=False)),
    ):
        op.create_table(
            table,
            column,
            sa.Column("run_id", sa.String(length=40), nullable=False),
            sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f(f"fk_{table}_run_id_run")),
            sa.PrimaryKeyConstraint(column.name, "run_id", name=op.f(f"pk_{table}")),
        )
        op.create_index(op.f(f"ix_{table}_run_id"), table, ["run_id"])
    # Not in batch mode: others refer to the table of runs, which would be copied and dropped.
    op.add_column("run", sa.Column("note", sa.String(), nullable=False, server_default=""))
    op.create_index("ix_run_state", "run", ["state", "id"])
    op.create_index("ix_metric_latest_value", "metric_latest", ["name", "last", "run_id"])
    _find_by_names()


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_metric_latest_value", table_name="metric_latest")
    op.drop_index("ix_run_state", table_name="run")
    op.drop_column("run", "note")
    op.drop_table("run_word")
    op.drop_table("run_tag")


def _find_by_names() -> None:
    connection = op.get_bind()
    names = connection.execute(
        sa.text(
            "SELECT run.id, run.name, run.kind, pipeline.name FROM run "
            "JOIN pipeline ON pipeline.id = run.pipeline_id"
        )
    )
    rows = [
        {"run_id": run_id, "word": word}
        for run_id, *texts in names
        for word in set(re.findall(r"[^\W_]+", " ".join(texts).lower()))
    ]
    if rows:
        table = sa.table("run_word", sa.column("run_id"), sa.column("word"))
        connection.execute(table.insert(), rows)
