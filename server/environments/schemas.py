from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from prism_engine.contract.environment import Environment, Patch


class RecordedInput(BaseModel):
    """What the attempt was given to read, as the server knew it when it was claimed."""

    role: str
    kind: str
    name: str
    fingerprint: str = Field(description="sha256 of its content; empty for a model of the hub")


class RunEnvironment(BaseModel):
    """What an attempt at a run was carried out with."""

    run_id: str
    attempt: int | None = Field(description="Null where no attempt has recorded anything")
    recorded_at: datetime | None
    environment: Environment | None
    inputs: list[RecordedInput]


class CodeDifference(BaseModel):
    """In what the code of an attempt differs from its commit, file by file."""

    run_id: str
    attempt: int
    patches: list[Patch]
