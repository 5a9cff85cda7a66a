"""People: passwords, memberships, invitations, and what a token is good for."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

JSON = sa.JSON().with_variant(JSONB, "postgresql")

revision = "0004"
down_revision = "0003"

PERSONAL = ["identify", "account"]
PERMISSIONS = {
    "viewer": [*PERSONAL, "read"],
    "member": [*PERSONAL, "read", "launch"],
    "admin": [*PERSONAL, "read", "launch", "administer", "operate"],
    "worker": ["work"],
}


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Create the tables, and make of every role what it was good for."""
    op.create_table(
        "membership",
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        _moment("created_at", nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_membership_user_id_user"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name="fk_membership_project_id_project"
        ),
        sa.PrimaryKeyConstraint("user_id", "project_id", name="pk_membership"),
    )
    op.create_table(
        "invitation",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        _moment("created_at", nullable=False),
        _moment("expires_at", nullable=False),
        _moment("used_at"),
        sa.Column("used_by", sa.String(length=80), nullable=True),
        _moment("revoked_at"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name="fk_invitation_project_id_project"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_invitation"),
        sa.UniqueConstraint("digest", name="uq_invitation_digest"),
    )
    op.create_table(
        "throttle",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        _moment("failed_at", nullable=False),
        _moment("blocked_until"),
        sa.PrimaryKeyConstraint("key", name="pk_throttle"),
    )
    _people()
    _credentials()
    _tokens()


def _people() -> None:
    with op.batch_alter_table("user") as table:
        table.add_column(
            sa.Column("administrator", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        table.add_column(sa.Column("password", sa.String(length=200), nullable=True))
        table.add_column(_moment("disabled_at"))
    user = sa.table("user", sa.column("role"), sa.column("administrator"))
    op.execute(sa.update(user).where(user.c.role == "admin").values(administrator=sa.true()))
    with op.batch_alter_table("user") as table:
        table.drop_column("role")
        table.alter_column("administrator", server_default=None)


def _credentials() -> None:
    with op.batch_alter_table("sign_in_secret") as table:
        table.add_column(
            sa.Column("purpose", sa.String(length=20), nullable=False, server_default="sign-in")
        )
    with op.batch_alter_table("sign_in_secret") as table:
        table.alter_column("purpose", server_default=None)
    with op.batch_alter_table("session") as table:
        for name, length, default in (
            ("method", 20, "link"),
            ("address", 64, ""),
            ("agent", 200, ""),
        ):
            table.add_column(
                sa.Column(name, sa.String(length=length), nullable=False, server_default=default)
            )
        table.add_column(_moment("seen_at"))
    session = sa.table("session", sa.column("seen_at"), sa.column("created_at"))
    op.execute(sa.update(session).values(seen_at=session.c.created_at))
    with op.batch_alter_table("session") as table:
        table.alter_column("seen_at", nullable=False)
        for name in ("method", "address", "agent"):
            table.alter_column(name, server_default=None)


def _tokens() -> None:
    with op.batch_alter_table("token") as table:
        table.add_column(
            sa.Column("ending", sa.String(length=4), nullable=False, server_default="")
        )
        table.add_column(sa.Column("user_id", sa.String(length=40), nullable=True))
        table.add_column(sa.Column("permissions", JSON, nullable=False, server_default="[]"))
        table.add_column(sa.Column("projects", JSON, nullable=True))
        table.add_column(sa.Column("queues", JSON, nullable=True))
        table.add_column(_moment("expires_at"))
        table.add_column(_moment("used_at"))
        table.create_foreign_key("fk_token_user_id_user", "user", ["user_id"], ["id"])
    token = sa.table(
        "token", sa.column("role"), sa.column("user_id"), sa.column("permissions", JSON)
    )
    user = sa.table("user", sa.column("id"), sa.column("administrator"))
    first = sa.select(sa.func.min(user.c.id)).where(user.c.administrator).scalar_subquery()
    for role, permissions in PERMISSIONS.items():
        op.execute(sa.update(token).where(token.c.role == role).values(permissions=permissions))
    op.execute(sa.update(token).where(token.c.role != "worker").values(user_id=first))
    with op.batch_alter_table("token") as table:
        table.drop_column("role")
        table.alter_column("ending", server_default=None)
        table.alter_column("permissions", server_default=None)


def downgrade() -> None:
    """Go back to one role for each."""
    with op.batch_alter_table("token") as table:
        table.add_column(
            sa.Column("role", sa.String(length=20), nullable=False, server_default="viewer")
        )
        table.drop_constraint("fk_token_user_id_user", type_="foreignkey")
    token = sa.table("token", sa.column("role"), sa.column("permissions", JSON))
    for role, permissions in PERMISSIONS.items():
        same = sa.cast(token.c.permissions, sa.Text) == json.dumps(permissions)
        op.execute(sa.update(token).where(same).values(role=role))
    with op.batch_alter_table("token") as table:
        for name in (
            "ending",
            "user_id",
            "permissions",
            "projects",
            "queues",
            "expires_at",
            "used_at",
        ):
            table.drop_column(name)
        table.alter_column("role", server_default=None)
    with op.batch_alter_table("session") as table:
        for name in ("method", "address", "agent", "seen_at"):
            table.drop_column(name)
    with op.batch_alter_table("sign_in_secret") as table:
        table.drop_column("purpose")
    with op.batch_alter_table("user") as table:
        table.add_column(
            sa.Column("role", sa.String(length=20), nullable=False, server_default="admin")
        )
        for name in ("administrator", "password", "disabled_at"):
            table.drop_column(name)
    with op.batch_alter_table("user") as table:
        table.alter_column("role", server_default=None)
    for name in ("throttle", "invitation", "membership"):
        op.drop_table(name)
