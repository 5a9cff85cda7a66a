from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from server.schemas import Body
from server.search.grammar import LONGEST

Column = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_.]{1,100}$")]


class NewView(Body):
    """What is looked at in the list of runs, in which order; null is as usual."""

    name: str = Field(min_length=1, max_length=80, pattern=r"\S")
    filter: str = Field("", max_length=LONGEST)
    sort: str | None = Field(None, max_length=100)
    columns: list[Column] | None = Field(None, max_length=100)


class ViewSnapshot(BaseModel):
    """A view that everybody in its project has."""

    id: str
    project_id: str
    name: str
    filter: str
    sort: str | None
    columns: list[str] | None
    created_by: str
    created_at: datetime
