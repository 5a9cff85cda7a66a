"""The data of each server-sent event; the SSE `event` field names the kind.

`pipeline` carries a PipelineSnapshot and `run` a RunSnapshot; the others are here.
"""

from __future__ import annotations

from pydantic import BaseModel, Field

from server.runs.schemas import LogLine


class StreamPoint(BaseModel):
    """All numbers of one step."""

    step: int
    metrics: dict[str, float]


class MetricsFrame(BaseModel):
    """SSE event `metrics`: steps that finished."""

    run_id: str
    attempt: int
    first_step: int = Field(description="From this step on the attempt replaces earlier ones")
    points: list[StreamPoint]


class SamplesFrame(BaseModel):
    """SSE event `samples`: there are samples of this step to fetch."""

    run_id: str
    step: int


class LogsFrame(BaseModel):
    """SSE event `logs`: new lines."""

    run_id: str
    lines: list[LogLine]


class BenchmarkFrame(BaseModel):
    """SSE event `benchmark`: there are scores to fetch."""

    run_id: str


class ResyncFrame(BaseModel):
    """SSE event `resync`: the client fell behind; fetch anew and go on from here."""

    reason: str
