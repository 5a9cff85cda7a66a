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

    steps: list[int] = Field(description="Every step that has samples, of the item if one is named")


class SharedItem(BaseModel):
    """An item, and how many of the runs have samples of it."""

    item: str
    runs: int


class SampleOfRun(BaseModel):
    """The newest sample of an item that a run has."""

    run_id: str
    newest: StepSample


class SharedItems(BaseModel):
    """What several runs said to the same."""

    items: list[SharedItem] = Field(description="Those that most of the runs have come first")
    item: str | None = Field(description="The one that the samples are of; null if there is none")
    samples: list[SampleOfRun]


class Counts(BaseModel):
    """How many responses have 0, 1, 2 … of something."""

    policy: list[int]
    supervision: list[int]


class Structure(BaseModel):
    """What the well-formed responses among a run's samples are made of."""

    policy_responses: int
    supervision_responses: int
    caption_items: Counts
    reasoning_steps: Counts
