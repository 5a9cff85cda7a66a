"""How much of the artifact store a project may have, and whose an image is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Add them; no project has a quota, and images sent before are nobody's."""
    # Not in batch mode: others refer to the table of projects, which would be copied and dropped.
    op.add_column("project", sa.Column("max_artifact_bytes", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("artifact") as table:
        table.add_column(sa.Column("project_id", sa.String(length=40), nullable=True))
        table.create_foreign_key(
            "fk_artifact_project_id_project", "project", ["project_id"], ["id"]
        )
        table.create_index("ix_artifact_project_id", ["project_id"])


def downgrade() -> None:
    """Forget quotas, and whose images are."""
    with op.batch_alter_table("artifact") as table:
        table.drop_index("ix_artifact_project_id")
        table.drop_constraint("fk_artifact_project_id_project", type_="foreignkey")
        table.drop_column("project_id")
    op.drop_column("project", "max_artifact_bytes")
