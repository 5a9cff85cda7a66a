from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.errors import NotFound
from server.tables import Invitation, Membership, User


async def of_project(session: AsyncSession, project_id: str) -> Sequence[tuple[Membership, User]]:
    query = (
        select(Membership, User)
        .join(User, User.id == Membership.user_id)
        .where(Membership.project_id == project_id)
        .order_by(User.name)
    )
    return [(membership, user) for membership, user in await session.execute(query)]


async def find(session: AsyncSession, project_id: str, user_id: str) -> Membership | None:
    return await session.get(Membership, (user_id, project_id))


async def open_invitations(
    session: AsyncSession, project_id: str, now: datetime
) -> Sequence[Invitation]:
    query = (
        select(Invitation)
        .where(
            Invitation.project_id == project_id,
            *_open(now),
        )
        .order_by(Invitation.id.desc())
    )
    return (await session.scalars(query)).all()


async def invitation(session: AsyncSession, project_id: str, invitation_id: str) -> Invitation:
    found = await session.get(Invitation, invitation_id)
    if found is None or found.project_id != project_id:
        raise NotFound("invitation", invitation_id)
    return found


async def spend(session: AsyncSession, digest: str, name: str, now: datetime) -> Invitation | None:
    """Use an invitation up; None if there is none such that is open."""
    query = select(Invitation).where(Invitation.digest == digest, *_open(now))
    # Of two at once the second waits, and then finds it used.
    locked = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    invitation = (await session.scalars(locked)).one_or_none()
    if invitation is not None:
        invitation.used_at, invitation.used_by = now, name
    return invitation


def _open(now: datetime) -> list[ColumnElement[bool]]:
    """Return the conditions that an invitation can still be used."""
    return [
        Invitation.used_at.is_(None),
        Invitation.revoked_at.is_(None),
        Invitation.expires_at > now,
    ]
