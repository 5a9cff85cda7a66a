from __future__ import annotations

from fastapi import APIRouter, status

from server.access import Owner, ProjectAdmin, Reader
from server.members import service
from server.members.schemas import (
    CreatedInvitation,
    InvitationSnapshot,
    JoinedInvitation,
    MemberSnapshot,
    NewRole,
)
from server.parts import PartsOf, Reading, Writing
from server.schemas import Page

router = APIRouter(tags=["members"])


@router.get("/projects/{project_id}/members")
async def list_members(project_id: str, actor: Reader, session: Reading) -> Page[MemberSnapshot]:
    """Members of a project by name."""
    return await service.members(session, project_id)


@router.put("/projects/{project_id}/members/{user_id}")
async def set_member(
    project_id: str, user_id: str, body: NewRole, actor: ProjectAdmin, session: Writing
) -> MemberSnapshot:
    """Give somebody who has an account a role in a project."""
    return await service.set_role(session, project_id, user_id, body.role)


@router.delete("/projects/{project_id}/members/{user_id}", status_code=status.HTTP_204_NO_CONTENT)
async def remove_member(
    project_id: str, user_id: str, actor: ProjectAdmin, session: Writing
) -> None:
    """Take somebody's role in a project."""
    await service.remove(session, project_id, user_id)


@router.get("/projects/{project_id}/invitations")
async def list_invitations(
    project_id: str, actor: ProjectAdmin, session: Reading
) -> Page[InvitationSnapshot]:
    """Invitations to a project that are still open, newest first."""
    return await service.invitations(session, project_id)


@router.post("/projects/{project_id}/invitations", status_code=status.HTTP_201_CREATED)
async def create_invitation(
    project_id: str, body: NewRole, actor: ProjectAdmin, session: Writing, parts: PartsOf
) -> CreatedInvitation:
    """A link that makes one person a member of a project, once, within a week."""
    return await service.invite(session, actor, project_id, body.role, parts.settings.public_url)


@router.delete(
    "/projects/{project_id}/invitations/{invitation_id}", status_code=status.HTTP_204_NO_CONTENT
)
async def revoke_invitation(
    project_id: str, invitation_id: str, actor: ProjectAdmin, session: Writing
) -> None:
    """Make an invitation worthless."""
    await service.revoke(session, project_id, invitation_id)


@router.post("/invitations:accept")
async def join_project(body: JoinedInvitation, actor: Owner, session: Writing) -> MemberSnapshot:
    """Join a project by an invitation's secret, with the account that one has."""
    return await service.join(session, actor, body.secret)
