"""How long things are kept, which run shows which image, and what is to be removed."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

JSON = sa.JSON().with_variant(JSONB, "postgresql")

revision = "0026"
down_revision = "0025"

AT_ONCE = 1000


def upgrade() -> None:
    """Add them, and note the images of the samples that are there."""
    # Not in batch mode: others refer to these tables, which would be copied and dropped.
    op.add_column("project", sa.Column("retention", JSON, nullable=False, server_default="{}"))
    moment = sa.DateTime(timezone=True)
    op.add_column("checkpoint", sa.Column("deleted_at", moment, nullable=True))
    op.create_table(
        "discard",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=2000), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_discard"),
    )
    op.create_index("ix_discard_name", "discard", ["name"])
    op.create_table(
        "artifact_use",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("run_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_artifact_use_run_id_run"),
        sa.PrimaryKeyConstraint("digest", "run_id", name="pk_artifact_use"),
    )
    op.create_index("ix_artifact_use_run_id", "artifact_use", ["run_id"])
    _note_images()


def _note_images() -> None:
    connection = op.get_bind()
    runs = connection.scalars(sa.text("SELECT DISTINCT run_id FROM sample")).all()
    for run_id in runs:
        query = sa.text("SELECT sample FROM sample WHERE run_id = :run_id")
        digests = set()
        for (sample,) in connection.execute(query, {"run_id": run_id}).yield_per(AT_ONCE):
            content = json.loads(sample) if isinstance(sample, str) else sample
            digests.update(content["images"])
        if digests:
            insert = sa.text("INSERT INTO artifact_use VALUES (:digest, :run_id)")
            rows = [{"digest": digest, "run_id": run_id} for digest in sorted(digests)]
            connection.execute(insert, rows)


def downgrade() -> None:
    """Drop them."""
    op.drop_table("artifact_use")
    op.drop_table("discard")
    op.drop_column("checkpoint", "deleted_at")
    op.drop_column("project", "retention")
