from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from server.actors import Role
from server.schemas import Body
from server.users.schemas import SignInLink


class MemberSnapshot(BaseModel):
    """What somebody is in a project."""

    user_id: str
    name: str
    role: Role
    created_at: datetime


class NewRole(Body):
    """What somebody shall be in a project."""

    role: Role


class JoinedInvitation(Body):
    """The one-time secret behind the # of an invitation."""

    secret: str = Field(min_length=1, max_length=200)


class InvitationSnapshot(BaseModel):
    """A link that makes one person a member, once."""

    id: str
    role: Role
    created_by: str
    created_at: datetime
    expires_at: datetime


class CreatedInvitation(BaseModel):
    """The invitation and its link, which is shown this once."""

    invitation: InvitationSnapshot
    link: SignInLink
