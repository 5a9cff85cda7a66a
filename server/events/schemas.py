from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from prism_engine.contract.events import Event, Source
from server.runs.schemas import DesiredState
from server.schemas import Report


class EventBatch(Report):
    """Events of one source in the order of their seq; each is judged on its own."""

    source: Source
    events: list[dict[str, Any]] = Field(max_length=1000)


class NextSequence(BaseModel):
    """The seq that the server waits for from each source."""

    engine: int
    worker: int


class Acknowledgement(BaseModel):
    """What became of a batch, and what the worker should do now."""

    accepted: int = Field(description="Events stored now; those known already are not counted")
    quarantined: int = Field(description="Events put aside because they could not be read")
    next_seq: NextSequence
    superseded: bool = Field(description="A newer attempt exists: stop this engine")
    desired_state: DesiredState


class StoredEvent(BaseModel):
    """An event and where it stands in its run's history."""

    position: int = Field(description="Order in which the server took it; give it as `after`")
    attempt: int
    source: Source
    event: Event
