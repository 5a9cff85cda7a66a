from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from prism_engine.contract.events import DeviceUse
from server.schemas import MOST, Body


class ExpectedStart(BaseModel):
    """When a waiting run will probably start, by the progress and the limits of those before it.

    What is launched, cancelled or lost meanwhile may change it.
    """

    earliest: datetime
    latest: datetime


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
    starts: ExpectedStart | None = Field(description="Null where it cannot be known")


class QueueSnapshot(BaseModel):
    """A queue that some worker serves or some run waits in."""

    name: str
    slots: int = Field(description="Of workers that are heard of")
    free: int = Field(description="Slots of these that would take a run now")
    gpus: int
    waiting: list[WaitingRun] = Field(description="In the order in which they are claimed")
    elsewhere: int = Field(description="Runs that wait in projects that one does not see")


UsageBy = Literal["project", "person", "run"]


class UsageRow(BaseModel):
    """What a project, a person or a run has had of the fleet: its attempts from claim to end."""

    project_id: str
    project: str
    person: str | None = Field(None, description="Who launched; null if by project")
    run_id: str | None = Field(None, description="Null unless it is about a run")
    run: str | None = None
    pipeline_id: str | None = None
    pipeline: str | None = None
    runs: int
    gpu_seconds: float = Field(description="Time in slots times the GPUs of these")
    slot_seconds: float = Field(description="Time in slots, with GPUs or without")


class DeviceMoment(BaseModel):
    """What the devices of an attempt did until `at`, for `seconds`."""

    at: datetime
    attempt: int
    seconds: float
    devices: list[DeviceUse]


class RunDevices(BaseModel):
    """What a run has had of GPUs, and what these did, oldest first."""

    gpu_seconds: float
    slot_seconds: float
    moments: list[DeviceMoment]


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
