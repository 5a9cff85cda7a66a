from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

Action = Literal["create", "change", "delete"]


class ChangeSnapshot(BaseModel):
    """Something that somebody changed."""

    position: int
    at: datetime
    actor_id: str
    actor: str = Field(description="Name of the account at that time")
    address: str
    request_id: str
    action: Action
    kind: str = Field(description="What was changed, such as pipeline or membership")
    object_id: str
    project_id: str | None
    before: dict[str, Any] | None = Field(description="Of a change: what changed, as it was")
    after: dict[str, Any] | None
