from __future__ import annotations

from pydantic import BaseModel


class TagUse(BaseModel):
    """A tag and how many runs carry it."""

    tag: str
    runs: int
