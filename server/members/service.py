from __future__ import annotations

import secrets
from datetime import timedelta
from typing import cast

from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor, Role
from server.authentication import digest
from server.database import clock
from server.errors import NotFound, WrongSecret
from server.identifiers import new_id
from server.members import repository
from server.members.schemas import CreatedInvitation, InvitationSnapshot, MemberSnapshot
from server.runs.snapshots import columns
from server.schemas import Page
from server.tables import Invitation, Membership, User
from server.users import repository as users
from server.users.schemas import SignInLink
from server.users.service import add

LIFETIME = timedelta(days=7)
RANKS: tuple[Role, ...] = ("viewer", "member", "admin")


async def members(session: AsyncSession, project_id: str) -> Page[MemberSnapshot]:
    rows = await repository.of_project(session, project_id)
    return Page(data=[_snapshot(membership, user) for membership, user in rows])


async def set_role(
    session: AsyncSession, project_id: str, user_id: str, role: Role
) -> MemberSnapshot:
    user = await users.find(session, user_id)
    return _snapshot(await _join(session, project_id, user, role), user)


async def remove(session: AsyncSession, project_id: str, user_id: str) -> None:
    membership = await repository.find(session, project_id, user_id)
    if membership is None:
        raise NotFound("member", user_id)
    await session.delete(membership)


async def invite(
    session: AsyncSession, actor: Actor, project_id: str, role: Role, url: str
) -> CreatedInvitation:
    secret = secrets.token_urlsafe(32)
    invitation = Invitation(
        id=new_id("inv"),
        digest=digest(secret),
        project_id=project_id,
        role=role,
        created_by=actor.name,
        expires_at=await clock(session) + LIFETIME,
    )
    session.add(invitation)
    await session.flush()
    link = SignInLink(url=f"{url}/invitation#{secret}", expires_at=invitation.expires_at)
    return CreatedInvitation(invitation=_invitation(invitation), link=link)


async def invitations(session: AsyncSession, project_id: str) -> Page[InvitationSnapshot]:
    rows = await repository.open_invitations(session, project_id, await clock(session))
    return Page(data=[_invitation(row) for row in rows])


async def revoke(session: AsyncSession, project_id: str, invitation_id: str) -> None:
    invitation = await repository.invitation(session, project_id, invitation_id)
    invitation.revoked_at = invitation.revoked_at or await clock(session)


async def join_as_new(session: AsyncSession, secret: str, name: str, password: str) -> User:
    """Open an account for whoever holds an invitation."""
    invitation = await _spend(session, secret, name)
    user = await add(session, name)
    user.password = password
    await _join(session, invitation.project_id, user, cast("Role", invitation.role))
    return user


async def join(session: AsyncSession, actor: Actor, secret: str) -> MemberSnapshot:
    """Make somebody who has an account a member; nobody loses a role by it."""
    invitation = await _spend(session, secret, actor.name)
    user = await users.find(session, actor.id)
    present = await repository.find(session, invitation.project_id, user.id)
    offered = [cast("Role", row.role) for row in (invitation, present) if row]
    role = max(offered, key=RANKS.index)
    return _snapshot(await _join(session, invitation.project_id, user, role), user)


async def _spend(session: AsyncSession, secret: str, name: str) -> Invitation:
    invitation = await repository.spend(session, digest(secret), name, await clock(session))
    if invitation is None:
        raise WrongSecret("link")
    return invitation


async def _join(session: AsyncSession, project_id: str, user: User, role: Role) -> Membership:
    membership = await repository.find(session, project_id, user.id)
    if membership is None:
        membership = Membership(user_id=user.id, project_id=project_id)
        session.add(membership)
    membership.role = role
    await session.flush()
    return membership


def _snapshot(membership: Membership, user: User) -> MemberSnapshot:
    return MemberSnapshot.model_validate(columns(membership) | {"name": user.name})


def _invitation(invitation: Invitation) -> InvitationSnapshot:
    return InvitationSnapshot.model_validate(columns(invitation))
