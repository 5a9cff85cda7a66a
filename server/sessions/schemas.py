from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from server.actors import Permission, Role
from server.schemas import Body
from server.users.passwords import Password
from server.users.schemas import UserName

Method = Literal["link", "password", "set-up", "invitation", "oidc"]


class SignIn(Body):
    """The one-time secret behind the # of a sign-in link."""

    secret: str = Field(min_length=1, max_length=200)


class PasswordSignIn(Body):
    """An account's name and password."""

    name: str = Field(min_length=1, max_length=80)
    password: str = Field(min_length=1, max_length=200)


class SetUp(Body):
    """The one-time secret behind the # of a set-up link, and the password to set."""

    secret: str = Field(min_length=1, max_length=200)
    password: Password


class AcceptedInvitation(Body):
    """The one-time secret behind the # of an invitation, and the account to open."""

    secret: str = Field(min_length=1, max_length=200)
    name: UserName
    password: Password


class PasswordChange(Body):
    """The password to set; the present one is needed where there is one."""

    current: str | None = Field(None, max_length=200)
    new: Password


class Identity(BaseModel):
    """Who is signed in, and what for."""

    id: str
    name: str
    administrator: bool
    roles: dict[str, Role] = Field(description="By project id; an administrator needs none")
    permissions: list[Permission] = Field(description="What the credential allows at most")
    has_password: bool


class SessionSnapshot(BaseModel):
    """A signed-in browser."""

    id: str
    method: Method
    address: str
    agent: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    current: bool
