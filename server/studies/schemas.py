from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from prism_engine.contract.settings import Name
from prism_engine.contract.study import Arm, Grid
from server.pipelines.schemas import PipelineState, PlannedRun
from server.runs.schemas import RunKind, RunState
from server.schemas import Body, FieldProblem

MostAtOnce = Field(
    None, ge=1, le=10_000, description="So many of its runs are executed at once; null for all"
)


class NewStudy(Body):
    """A recipe and a grid to launch it over, or to check."""

    recipe: dict[str, Any] | str = Field(description="The recipe as an object, or as YAML")
    grid: Grid
    name: Name | None = Field(None, description="The recipe's name if left out")
    most_at_once: int | None = MostAtOnce
    project_id: str | None = Field(None, description="The default project if left out")


class StudyLimit(Body):
    """What may be changed of a study while it runs."""

    most_at_once: int | None = MostAtOnce


class StudyPlan(BaseModel):
    """What would happen if the grid were launched."""

    valid: bool
    problems: list[FieldProblem]
    arms: list[Arm]
    seeds: list[int]
    runs: list[PlannedRun] = Field(description="Those of each seed's pipeline")
    total_runs: int = Field(description="Those of all seeds")
    unshared_runs: int = Field(
        description="How many there would be if no arm shared what it has in common with another"
    )


class CellRun(BaseModel):
    """A run of one arm and seed, in short."""

    id: str
    name: str
    kind: RunKind
    state: RunState


class StudyCell(BaseModel):
    """What became of one arm with one seed."""

    arm: str
    seed: int
    pipeline_id: str
    state: PipelineState
    runs: list[CellRun] = Field(description="Parents before children, shared ones too")


class StudySnapshot(BaseModel):
    """A study and how far each of its arms has come."""

    id: str
    name: str
    project_id: str
    state: PipelineState
    recipe: dict[str, Any]
    grid: Grid
    arms: list[Arm]
    seeds: list[int]
    most_at_once: int | None
    created_at: datetime
    created_by: str
    pipelines: list[str] = Field(description="Ids, in the order of the seeds")
    cells: list[StudyCell]


class StudySummary(BaseModel):
    """A study in a list."""

    id: str
    name: str
    project_id: str
    state: PipelineState
    arms: int
    seeds: int
    created_at: datetime
    created_by: str
