from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from prism_engine.contract.changes import Change
from server.runs.schemas import RunKind, RunState


class LineageNode(BaseModel):
    """A data set, a run or a checkpoint; what is null does not apply to its kind."""

    id: str
    kind: Literal["dataset", "run", "checkpoint"]
    name: str
    run_kind: RunKind | None = None
    state: RunState | None = None
    step: int | None = None
    pipeline_id: str | None = None
    pipeline: str | None = None
    number: int | None = None


class LineageEdge(BaseModel):
    """From what is used to who uses it, in a role; a fork repeats another run's settings."""

    source: str
    target: str
    role: Literal["data", "saved", "policy", "discriminator", "state", "curated", "fork"]


class Lineage(BaseModel):
    """All that a run goes back to, and all that came of it."""

    run_id: str
    nodes: list[LineageNode]
    edges: list[LineageEdge]
    complete: bool = Field(description="False where there is more than is shown")


class ConfigDiff(BaseModel):
    """The settings in which two runs differ, their seeds among them, and what each ran with."""

    before_id: str
    after_id: str
    changes: list[Change]
    environment: list[Change] = Field(
        description="Code, packages, machine and data; empty where only one run recorded them"
    )
