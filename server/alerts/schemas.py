from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

AlertKind = Literal["diverged", "collapsed", "saturated", "stalled", "finished"]


class AlertSnapshot(BaseModel):
    """Something that wanted somebody's eye."""

    id: str
    kind: AlertKind
    message: str
    project_id: str
    pipeline_id: str
    pipeline_name: str
    pipeline_number: int
    run_id: str | None
    run: str | None = Field(description="The run's name, where one run is meant")
    created_at: datetime
