from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from server.schemas import Body


class DiskSnapshot(BaseModel):
    """The disk of the server's home; below the reserve nothing new is begun or stored."""

    state: Literal["enough", "low", "full"]
    free_bytes: int
    total_bytes: int
    reserve_bytes: int


class NewStorageQuota(Body):
    """How many bytes a project may have in the artifact store; null is no limit."""

    max_artifact_bytes: int | None = Field(None, ge=0, le=2**60)


class StorageSnapshot(BaseModel):
    """What a project has in the artifact store, and may have."""

    project_id: str
    project: str
    artifact_bytes: int
    max_artifact_bytes: int | None


class StorageKind(BaseModel):
    """What a project has of one kind."""

    kind: Literal["resumable", "exported", "image"]
    count: int
    bytes: int


class LargeRun(BaseModel):
    """A run whose checkpoints take much room."""

    run_id: str
    run: str
    pipeline_id: str
    pipeline: str
    number: int
    checkpoints: int
    bytes: int


class StorageUse(StorageSnapshot):
    """What a project has in the artifact store, by kind, and which runs have most of it."""

    kinds: list[StorageKind]
    largest: list[LargeRun] = Field(description="By their checkpoints; images are shared by runs")
