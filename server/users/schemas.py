from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from server.schemas import Body

UserRole = Literal["viewer", "member", "admin", "worker"]


class SignIn(Body):
    """The one-time secret behind the # of a sign-in link."""

    secret: str = Field(min_length=1, max_length=200)


class UserSnapshot(BaseModel):
    """Who is signed in."""

    id: str
    name: str
    role: UserRole


class SignInLink(BaseModel):
    """A link that signs one browser in, once."""

    url: str
    expires_at: datetime
