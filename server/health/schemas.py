from __future__ import annotations

from typing import Literal

from pydantic import BaseModel


class Health(BaseModel):
    """That the server answers, and what it is."""

    status: Literal["ok"]
    version: str
    database: Literal["sqlite", "postgresql"]
    contract: int


class Readiness(BaseModel):
    """That requests are answered, and the revision of the database."""

    status: Literal["ready"]
    revision: str
