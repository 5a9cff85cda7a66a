"""Signing in by an OpenID Connect provider."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "account_link",
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_account_link_user_id_user"),
        sa.PrimaryKeyConstraint("issuer", "subject", name="pk_account_link"),
    )
    op.create_table(
        "oidc_flow",
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("verifier", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_oidc_flow_user_id_user"),
        sa.PrimaryKeyConstraint("state", name="pk_oidc_flow"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("oidc_flow")
    op.drop_table("account_link")
