from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from prism_engine.contract.estimate import Memory
from server.runs.schemas import RunKind, RunSnapshot, Tag
from server.schemas import Body, FieldProblem

PipelineState = Literal["queued", "running", "succeeded", "failed", "cancelled", "stopped"]


class NewPipeline(Body):
    """A recipe to launch or to check."""

    recipe: dict[str, Any] | str = Field(description="The recipe as an object, or as YAML")
    project_id: str | None = Field(None, description="The default project if left out")


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


class Validation(BaseModel):
    """What would happen if the recipe were launched."""

    valid: bool
    problems: list[FieldProblem]
    runs: list[PlannedRun]
