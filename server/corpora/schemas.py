from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from server.schemas import Body

Part = Literal["sft", "alignment", "rlvr"]


class OfferedDataset(Body):
    """One data set of a corpus, as it lies below a data root of the worker's host."""

    part: Part
    location: str = Field(min_length=1, max_length=1000)


class NewCorpus(Body):
    """All that a curation ended in."""

    host: str = Field(min_length=1, max_length=200)
    datasets: list[OfferedDataset] = Field(max_length=3)


class CuratedDatasetSnapshot(BaseModel):
    """A data set that a curation ended in; recipes can name it once it has a `dataset_id`."""

    part: Part
    name: str
    host: str = Field(description="The machine that it lies on")
    location: str = Field(description="Below a data root of that machine")
    dataset_id: str | None
    problem: str | None = Field(description="Why it could not be registered, and what to do")
