"""What the bodies of several resources share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator

Item = TypeVar("Item")


MOST = 2**31 - 1
"""The largest number that a column of either database holds."""


def storable(text: str) -> str:
    """Return the text without what no database can hold: NUL and halves of surrogate pairs."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


class Report(BaseModel):
    """What a worker sends of an engine, whatever that has said; its readers look at the texts."""

    model_config = ConfigDict(extra="forbid")


class Body(BaseModel):
    """Something a client sends; unknown fields are refused rather than ignored."""

    model_config = ConfigDict(extra="forbid")

    @field_validator("*")
    @classmethod
    def _is_storable(cls, value: Any) -> Any:
        for text in _texts(value):
            if text != storable(text):
                raise ValueError("contains a NUL or half of a surrogate pair; leave it out")
        return value


def _texts(value: Any) -> Iterator[str]:
    """Yield every string in a JSON value, those in keys too."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str() as text:
                yield text
            case dict() as mapping:
                waiting += [*mapping.keys(), *mapping.values()]
            case list() as values:
                waiting += values
            case BaseModel() as model:
                waiting.append(model.model_dump())


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
