from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from server.runs.schemas import Tag
from server.schemas import MOST, Body

Tracker = Literal["tensorboard", "mlflow"]
ImportedState = Literal["succeeded", "failed", "cancelled", "stopped"]


class NewImport(Body):
    """A run that another tracker recorded; its numbers follow as events."""

    tracker: Tracker
    location: str = Field(max_length=2000, description="Where it was read, as whoever read it says")
    project_id: str | None = Field(None, description="The default project if left out")
    pipeline: str = Field(min_length=1, max_length=63, description="The experiment or folder")
    run: str = Field(min_length=1, max_length=63)
    parameters: dict[str, Any] = Field({}, max_length=2000)
    tags: list[Tag] = Field([], max_length=50)
    note: str = Field("", max_length=20_000, description="In Markdown")
    state: ImportedState = Field("succeeded", description="How it ended")
    step: int = Field(0, ge=0, le=MOST, description="The last step that it finished")
    started_at: AwareDatetime | None = None
    finished_at: AwareDatetime | None = None


class ImportedEvents(Body):
    """Steps and lines of log, in the order of their seq: 1, 2, 3 … over all requests."""

    events: list[dict[str, Any]] = Field(max_length=1000)


class ImportProgress(BaseModel):
    """What became of imported events. Sending one twice is harmless."""

    accepted: int = Field(description="Events stored now; those known already are not counted")
    quarantined: int = Field(description="Events put aside because they could not be read")
    next_seq: int = Field(description="The seq that the server waits for")


class Imported(BaseModel):
    """The run that an import makes or has made."""

    run_id: str
    pipeline_id: str
    imported_at: datetime
    next_seq: int = Field(description="More than 1 where some of it was imported before")
