from __future__ import annotations

from pydantic import BaseModel, Field

MetricPoint = tuple[int, float, float, float, int]
"""(step, last, min, max, attempt); the three values are one where a point is one step."""


class MetricSeries(BaseModel):
    """One metric of a run, attempts overlaid, steps ascending."""

    name: str
    points: list[MetricPoint] = Field(description="[step, last, min, max, attempt]")


ProgressPoint = tuple[int, float, float]
"""(step, response tokens learned from up to it, seconds spent in steps up to it)."""


class RunMetrics(BaseModel):
    """Curves, and where a stream goes on from them without gap or double."""

    run_id: str
    series: list[MetricSeries]
    progress: list[ProgressPoint] = Field(
        description="[step, tokens, seconds] since the run began; empty for a part of a run"
    )
    cursor: str = Field(description="Give it to /stream as `since`")
