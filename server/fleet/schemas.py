from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from server.schemas import MOST, Body


class WaitingRun(BaseModel):
    """A queued run, and what it waits for."""

    run_id: str
    run: str
    pipeline_id: str
    pipeline: str
    number: int = Field(description="The pipeline's number within its project")
    project_id: str
    project: str
    priority: int
    gpus: int | None
    queued_at: datetime
    ahead: int = Field(description="Runs of its queue that go before it")
    reason: str


class QueueSnapshot(BaseModel):
    """A queue that some worker serves or some run waits in."""

    name: str
    slots: int = Field(description="Of workers that are heard of")
    free: int = Field(description="Slots of these that would take a run now")
    gpus: int
    waiting: list[WaitingRun] = Field(description="In the order in which they are claimed")
    elsewhere: int = Field(description="Runs that wait in projects that one does not see")


class NewQuota(Body):
    """How much of the fleet a project may hold at a time; null is no limit."""

    max_runs: int | None = Field(None, ge=0, le=MOST)
    max_gpus: int | None = Field(None, ge=0, le=MOST)


class QuotaSnapshot(BaseModel):
    """How much of the fleet a project may hold at a time, and how much it does."""

    project_id: str
    project: str
    max_runs: int | None
    max_gpus: int | None
    runs: int
    gpus: int
