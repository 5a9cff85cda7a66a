from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from server.schemas import Body

UserName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._@+-]{0,79}$")]
"""What somebody signs in with: lower-case letters, digits and `. _ @ + -`; an address will do."""


class NewUser(Body):
    """An account, whose person sets a password by the link that comes back."""

    name: UserName
    administrator: bool = Field(False, description="May do everything in the whole installation")


class UserChange(Body):
    """What to change; what is left out stays."""

    administrator: bool | None = None
    disabled: bool | None = None


class UserSnapshot(BaseModel):
    """A person with an account."""

    id: str
    name: str
    administrator: bool
    has_password: bool
    created_at: datetime
    disabled_at: datetime | None


class SignInLink(BaseModel):
    """A link that is good once."""

    url: str
    expires_at: datetime


class CreatedUser(BaseModel):
    """The account, and the link by which its person sets a password."""

    user: UserSnapshot
    set_up: SignInLink
