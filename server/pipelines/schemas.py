from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

from prism_engine.contract.changes import Change
from prism_engine.contract.estimate import Memory
from server.fleet.schemas import ExpectedStart
from server.runs.schemas import RunKind, RunSnapshot, Tag
from server.schemas import MOST, Body, FieldProblem

PipelineState = Literal["queued", "running", "succeeded", "failed", "cancelled", "stopped"]


Step = Field(
    None, ge=1, le=MOST, description="Step of a durable resumable checkpoint to go on after"
)


class ForkedFrom(Body):
    """The pipeline, or the run with what depends on it, that a recipe repeats with changes."""

    pipeline_id: str | None = None
    run_id: str | None = None
    alone: bool = Field(False, description="Without the runs that depend on the run")
    step: int | None = Step

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if (self.pipeline_id is None) == (self.run_id is None):
            raise ValueError("name a pipeline_id or a run_id, and not both")
        if self.run_id is None and (self.step is not None or self.alone):
            raise ValueError("step and alone are said of a run; name a run_id")
        return self


class NewPipeline(Body):
    """A recipe to launch or to check."""

    recipe: dict[str, Any] | str = Field(description="The recipe as an object, or as YAML")
    project_id: str | None = Field(None, description="The default project if left out")
    forked_from: ForkedFrom | None = None


class NewFork(Body):
    """What is to be different when a pipeline is launched again."""

    changes: dict[str, Any] = Field(
        {}, description="Values by the paths of settings, such as runs.sft.steps"
    )


class NewRunFork(NewFork):
    """What is to be different when a run is launched again; paths may begin within the run."""

    alone: bool = Field(False, description="Without the runs that depend on it")
    step: int | None = Step


class ForkDraft(BaseModel):
    """The recipe that a fork without a change would have, without what the defaults say."""

    recipe: dict[str, Any]
    steps: list[int] = Field(
        description="Steps of durable checkpoints to go on after, the newest first"
    )


class Fork(BaseModel):
    """What a pipeline was forked from, and how it differs. Names are null once that is deleted."""

    pipeline_id: str
    pipeline: str | None
    number: int | None
    run_id: str | None
    run: str | None
    step: int | None = Field(description="The step after which the run went on")
    changes: list[Change]


class PipelineSnapshot(BaseModel):
    """A launched recipe with its runs, parents first. A later version replaces an earlier one."""

    id: str
    number: int = Field(description="1, 2, 3 … within the project")
    name: str
    project_id: str
    seed: int
    state: PipelineState
    recipe: dict[str, Any]
    created_at: datetime
    created_by: str
    forked_from: Fork | None
    archived_at: datetime | None = Field(description="Since when lists do not show it")
    finished_at: datetime | None
    version: int
    tags: list[str]
    note: str = Field(description="What people wrote about it, in Markdown")
    study_id: str | None = Field(description="The study that it belongs to")
    runs: list[RunSnapshot]


class PipelineLabels(Body):
    """What people say of a pipeline; what is left out stays as it is."""

    tags: list[Tag] | None = Field(None, max_length=50)
    note: str | None = Field(None, max_length=20_000)


class PlannedRun(BaseModel):
    """A run that a recipe asks for."""

    name: str
    kind: RunKind
    parents: list[str]
    memory: Memory | None = Field(
        description="What it takes of one device; null where a model's shape is not known"
    )
    reason: str | None = Field(
        None, description="What it would wait for; null where it waits for others of the recipe"
    )
    starts: ExpectedStart | None = Field(
        None, description="When it would probably start; null where that cannot be known"
    )


class Validation(BaseModel):
    """What would happen if the recipe were launched."""

    valid: bool
    problems: list[FieldProblem]
    runs: list[PlannedRun]
    changes: list[Change] = Field(description="In what a fork differs from what it repeats")
