from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from prism_engine.contract.resources import QueueName
from server.actors import Permission
from server.schemas import Body

Days = Field(90, ge=1, le=3650, description="Days until it expires; null for never")


Grantable = Literal["account", "read", "launch", "administer", "operate", "monitor"]
"""What a token of a person can be good for."""


class NewToken(Body):
    """A token that does what one may oneself, as far as this goes."""

    name: str = Field(min_length=1, max_length=80, pattern=r"^[^\x00]*$")
    permissions: list[Grantable] = Field(min_length=1, max_length=6)
    project_id: str | None = Field(None, max_length=40, description="Only there; null: everywhere")
    expires_in_days: int | None = Days


class NewWorkerToken(Body):
    """A token for workers, which claims runs of these queues and projects only."""

    name: str = Field(min_length=1, max_length=80, pattern=r"^[^\x00]*$")
    queues: list[QueueName] | None = Field(None, min_length=1, max_length=100)
    project_ids: list[str] | None = Field(None, min_length=1, max_length=100)
    expires_in_days: int | None = Days


class TokenSnapshot(BaseModel):
    """What is known of a token; its secret is known to its owner only."""

    id: str
    name: str
    ending: str = Field(description="The secret's last four characters")
    permissions: list[Permission]
    project_ids: list[str] | None
    queues: list[str] | None
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None = Field(description="To the minute")


class CreatedToken(BaseModel):
    """The token and its secret, which is shown this once."""

    token: TokenSnapshot
    secret: str
