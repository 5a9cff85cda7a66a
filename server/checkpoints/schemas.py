from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from server.runs.schemas import Role
from server.schemas import MOST, Body

CheckpointKind = Literal["resumable", "exported"]


class NewCheckpoint(Body):
    """A checkpoint that the worker has copied to the artifact store."""

    step: int = Field(ge=0, le=MOST)
    kind: CheckpointKind
    role: Role
    location: str = Field(min_length=1, max_length=2000)
    size: int = Field(ge=0, le=2**63 - 1, description="Bytes of all its files")
    manifest: dict[str, Any] = Field(description="sha256 and size of every file")


class CheckpointSnapshot(BaseModel):
    """A saved state of a run; it can be used once it is durable."""

    id: str
    run_id: str
    attempt: int
    step: int
    kind: CheckpointKind
    role: Role
    size: int
    location: str | None
    created_at: datetime
    durable_at: datetime | None
    deleted_at: datetime | None = Field(description="Since when its files are gone")
    names: list[str] = Field(description="Names that it was given in its project")


class Promotion(Body):
    """The checkpoint that gets a name."""

    checkpoint_id: str = Field(max_length=40)


class NamedCheckpoint(BaseModel):
    """A checkpoint that was given a name, and where it comes from."""

    name: str
    created_by: str
    created_at: datetime
    checkpoint: CheckpointSnapshot
    run: str
    pipeline_id: str
    pipeline: str
    number: int
