from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

AlertKind = Literal[
    "diverged",
    "collapsed",
    "saturated",
    "mismatched",
    "stalled",
    "finished",
    "disk_low",
    "disk_full",
]


class AlertSnapshot(BaseModel):
    """Something that wanted somebody's eye."""

    id: str
    kind: AlertKind
    message: str
    project_id: str | None = Field(description="Null where it concerns the whole installation")
    pipeline_id: str | None
    pipeline_name: str | None
    pipeline_number: int | None
    run_id: str | None
    run: str | None = Field(description="The run's name, where one run is meant")
    step: int | None = Field(description="The step at which that run was")
    created_at: datetime
