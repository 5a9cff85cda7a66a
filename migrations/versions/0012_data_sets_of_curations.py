"""What curations end in, and which run a data set comes from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Create the table, and add the column; nothing registered before came from a run."""
    with op.batch_alter_table("dataset", schema=None) as batch_op:
        batch_op.add_column(sa.Column("run_id", sa.String(length=40), nullable=True))
        batch_op.create_foreign_key("fk_dataset_run_id_run", "run", ["run_id"], ["id"])
    op.create_table(
        "curated_dataset",
        sa.Column("run_id", sa.String(length=40), nullable=False),
        sa.Column("part", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("host", sa.String(length=200), nullable=False),
        sa.Column("location", sa.String(), nullable=False),
        sa.Column("dataset_id", sa.String(length=40), nullable=True),
        sa.Column("problem", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["dataset.id"], name="fk_curated_dataset_dataset_id_dataset"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_curated_dataset_run_id_run"),
        sa.PrimaryKeyConstraint("run_id", "part", name="pk_curated_dataset"),
        sa.UniqueConstraint("name", name="uq_curated_dataset_name"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("curated_dataset")
    with op.batch_alter_table("dataset", schema=None) as batch_op:
        batch_op.drop_constraint("fk_dataset_run_id_run", type_="foreignkey")
        batch_op.drop_column("run_id")
