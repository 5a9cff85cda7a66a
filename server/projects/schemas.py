from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from server.schemas import Body


class NewProject(Body):
    """A space for a team's pipelines."""

    name: str = Field(min_length=1, max_length=80)


class ProjectSnapshot(BaseModel):
    """A team's space."""

    id: str
    name: str
    created_at: datetime
