from __future__ import annotations

from pydantic import BaseModel, Field

from prism_engine.contract.events import Sample
from server.schemas import Page


class StepSample(BaseModel):
    """A sample and the step that it was drawn in."""

    step: int
    attempt: int
    sample: Sample


class SamplePage(Page[StepSample]):
    """Samples of a run, attempts overlaid, steps ascending."""

    steps: list[int] = Field(description="Every step that has samples")
