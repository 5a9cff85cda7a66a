"""What the bodies of several resources share."""

from __future__ import annotations

from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Item = TypeVar("Item")


class Body(BaseModel):
    """Something a client sends; unknown fields are refused rather than ignored."""

    model_config = ConfigDict(extra="forbid")


class Page(BaseModel, Generic[Item]):
    """One page of a list, newest first unless the endpoint says otherwise."""

    data: list[Item]
    next_cursor: str | None = Field(
        None, description="Give it as `after` for the next page; null on the last"
    )


class FieldProblem(BaseModel):
    """One field that was refused, and what to do about it."""

    field: str
    message: str


class Problem(BaseModel):
    """The body of every error answer (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str = Field(description="A word for programs; it never changes its meaning")
    errors: list[FieldProblem] = []
    request_id: str
