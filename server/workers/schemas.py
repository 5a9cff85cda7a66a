from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

from prism_engine.contract.events import DeviceUse, ExitKind
from prism_engine.contract.resources import QueueName
from server.runs.schemas import DesiredState, Role, RunKind
from server.schemas import MOST, Body, Report
from server.storage.schemas import DiskSnapshot


class Device(Body):
    """One GPU."""

    uuid: str = Field(min_length=1, max_length=100)
    name: str = Field(max_length=200)
    memory: int = Field(ge=0, le=MOST, description="In MiB")


class NewWorker(Body):
    """A worker process that offers its slots."""

    name: str = Field(min_length=1, max_length=200)
    host: str = Field(min_length=1, max_length=200)
    pid: int = Field(ge=1, le=MOST)
    slots: int = Field(ge=1, le=MOST)
    devices: list[list[Device]] = Field([], description="Of every slot; none have any if left out")
    queues: list[QueueName] = Field(min_length=1)

    @model_validator(mode="after")
    def _devices_are_slots(self) -> Self:
        if len(self.devices) not in (0, self.slots):
            raise ValueError(f"devices: name those of each of the {self.slots} slots, or leave out")
        return self


class DiskReport(Body):
    """The disk that a worker's runs write to, and how much of it is to stay free."""

    free_bytes: int = Field(ge=0, le=2**53)
    total_bytes: int = Field(ge=0, le=2**53)
    reserve_bytes: int = Field(ge=0, le=2**53)


class Registration(BaseModel):
    """Who the worker is from now on, and how often it must be heard of."""

    worker_id: str
    lease_seconds: float
    heartbeat_seconds: float


class DeviceSnapshot(BaseModel):
    """A GPU of a slot, and what it was last found to do for the run that holds it."""

    uuid: str
    name: str
    memory: int = Field(description="In MiB")
    use: DeviceUse | None


class SlotRun(BaseModel):
    """The run that a slot executes."""

    run_id: str
    run: str
    pipeline_id: str
    pipeline: str
    number: int = Field(description="The pipeline's number within its project")


class SlotSnapshot(BaseModel):
    """A place for one run."""

    number: int = Field(description="Counts from 0")
    devices: list[DeviceSnapshot]
    busy: bool
    run: SlotRun | None = Field(description="Null where it is idle, or the run is not one's to see")


class WorkerSnapshot(BaseModel):
    """A worker and what it does."""

    id: str
    name: str
    host: str
    pid: int
    slots: list[SlotSnapshot]
    queues: list[str]
    state: Literal["online", "draining", "drained", "offline"] = Field(
        description="Drained is one that takes no more runs and executes none"
    )
    disk: DiskSnapshot | None = Field(description="Null until it has said something of it")
    registered_at: datetime
    seen_at: datetime
    run_ids: list[str]


class Rendezvous(Body):
    """Where the other nodes of a run would find the engine of this one."""

    address: str = Field(min_length=1, max_length=200)
    port: int = Field(ge=1, le=65535)


class ClaimOffer(Body):
    """An idle slot. The same key gets the same answer, so that a lost reply loses no run."""

    worker_id: str
    slot: int = Field(ge=0, le=MOST)
    claim_key: str = Field(min_length=8, max_length=100)
    queues: list[QueueName] = Field(min_length=1)
    wait: float = Field(0, ge=0, le=25, description="Seconds to wait for something to do")
    rendezvous: Rendezvous | None = Field(
        None, description="Needed to be given a part of a run over several nodes"
    )


class Input(BaseModel):
    """Something the engine reads, to be fetched before it starts."""

    role: Role | Literal["data", "mixed_with", "benchmarks", "images"]
    kind: Literal["model", "dataset", "checkpoint", "image"]
    name: str
    location: str
    fingerprint: str


class Resume(BaseModel):
    """The durable checkpoint to go on from."""

    step: int
    location: str


class Gang(BaseModel):
    """Which node of a run this one is, and where node 0 waits for the others."""

    rank: int
    nodes: int
    master_address: str
    master_port: int
    member_id: str | None = Field(description="Id of its lease; node 0 has that of the attempt")


class ClaimedRun(BaseModel):
    """A run, the right to execute it, and all that this needs."""

    run_id: str
    run_name: str
    attempt_id: str
    attempt: int = Field(description="The fencing token")
    kind: RunKind
    recipe: dict[str, Any] = Field(
        description="The pipeline with this one run; its references still carry names"
    )
    inputs: list[Input]
    gpus: int | None = Field(
        None, description="How many of the slot's devices are for it; all of them if null"
    )
    gang: Gang | None = Field(None, description="Null where the run has one node")
    resume: Resume | None
    lease_seconds: float
    keys: dict[str, str] = Field(
        default_factory=dict,
        repr=False,
        description="Secrets that this run's endpoints name, of those that its project has",
    )


class Heartbeat(BaseModel):
    """What the worker should do now."""

    desired_state: DesiredState
    superseded: bool
    lease_seconds: float


class AttemptExit(Report):
    """How an attempt ended."""

    kind: Literal["succeeded", "stopped", "cancelled"] | ExitKind
    message: str = Field("", max_length=65_536)
    code: int | None = None
    signal: int | None = None
