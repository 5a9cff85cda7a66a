from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from prism_engine.contract.events import ExitKind
from server.audits.schemas import RunAudit
from server.fleet.schemas import ExpectedStart
from server.schemas import Body

Role = Literal["policy", "discriminator"]
RunKind = Literal["sft", "warmup", "align", "rlvr", "evaluate", "curate", "ask", "imported"]
RunState = Literal[
    "blocked", "queued", "claimed", "running", "succeeded", "failed", "cancelled", "stopped"
]
DesiredState = Literal["run", "stop", "cancel"]


class Parent(BaseModel):
    """The run that gives this one its policy or its discriminator."""

    role: Role
    run_id: str
    run: str = Field(description="The parent's name within the pipeline")


class CheckpointSource(BaseModel):
    """A checkpoint of another pipeline that the run starts from; as `state` it goes on after it."""

    role: Role | Literal["state"]
    checkpoint_id: str
    step: int
    run_id: str
    run: str
    pipeline_id: str


class Exit(BaseModel):
    """Why a run or an attempt did not succeed."""

    kind: ExitKind | Literal["cancelled", "stopped", "out_of_time"]
    message: str


class RunSnapshot(BaseModel):
    """Everything about a run but its history. A later version replaces an earlier one."""

    id: str
    pipeline_id: str
    pipeline_name: str
    pipeline_number: int
    project_id: str
    name: str
    kind: RunKind
    state: RunState
    desired_state: DesiredState
    attempt: int = Field(description="Number of the newest attempt, 0 before the first")
    steps: int | None = Field(description="Steps asked for; null where there are none")
    step: int = Field(description="The last finished step")
    config: dict[str, Any]
    parents: list[Parent]
    sources: list[CheckpointSource]
    exit: Exit | None
    queue: str
    worker_id: str | None
    ahead: int | None = Field(
        description="Runs of its queue that go before it; null unless it is queued"
    )
    reason: str | None = Field(description="Why the run waits, in words")
    starts: ExpectedStart | None = Field(
        description="When it will probably start; null unless it is queued and that can be known"
    )
    created_at: datetime
    claimed_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    seconds_left: float | None
    stalled_at: datetime | None = Field(
        description="When it was seen that it finishes no step; null once it does again"
    )
    archived_at: datetime | None = Field(description="Since when lists do not show it")
    version: int
    tags: list[str]
    note: str = Field(description="What people wrote about it, in Markdown")
    latest: dict[str, float] = Field(
        description="The last value of every metric that was asked for"
    )
    audit: RunAudit | None = Field(description="The last audit of its game")


Tag = Annotated[str, StringConstraints(pattern=r"^[^\s,()\"]{1,63}$")]


class RunLabels(Body):
    """What people say of a run; what is left out stays as it is."""

    tags: list[Tag] | None = Field(None, max_length=50)
    note: str | None = Field(None, max_length=20_000)


class AttemptSnapshot(BaseModel):
    """One execution of a run by a worker."""

    id: str
    run_id: str
    number: int
    worker_id: str | None
    worker: str | None = Field(description="Null where the run was imported")
    active: bool
    claimed_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    first_step: int | None = Field(description="Its first finished step; earlier ones stay")
    resumed_from: int | None = Field(description="Step of the checkpoint it went on from")
    exit: Exit | None
    quarantined: int = Field(description="Events that were acknowledged but could not be read")


class LogLine(BaseModel):
    """A line that the engine logged or its process printed."""

    number: int = Field(description="1, 2, 3 … within the run")
    attempt: int
    at: datetime
    stream: Literal["info", "warning", "error", "stdout", "stderr"]
    text: str
