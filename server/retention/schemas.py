from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from server.schemas import Body

MOST_DAYS = 36_500


class Retention(Body):
    """How long what ended runs left behind is kept; null is for ever."""

    metrics_days: int | None = Field(
        None, ge=1, le=MOST_DAYS, description="Days that curves are kept; last values always stay"
    )
    samples_days: int | None = Field(
        None, ge=1, le=MOST_DAYS, description="Days that samples and their images are kept"
    )
    checkpoints_days: int | None = Field(
        None, ge=1, le=MOST_DAYS, description="Days that checkpoints are kept, exported ones too"
    )
    checkpoints_kept: int | None = Field(
        None, ge=0, le=10_000, description="So many resumable checkpoints of a run stay, the newest"
    )


class Needed(BaseModel):
    """A checkpoint that stays although the policy is against it, and by whom it is needed."""

    checkpoint_id: str
    run: str
    step: int
    needed_by: list[str]


class Removal(BaseModel):
    """What would go, and how many bytes that are."""

    runs: int = Field(description="Runs that would be deleted, or lose something")
    checkpoints: int
    checkpoint_bytes: int
    samples: int
    sample_bytes: int = Field(description="Of the database, about")
    images: int = Field(description="Those that nothing else shows")
    image_bytes: int
    metric_runs: int = Field(description="Runs whose curves would go")
    metric_bytes: int = Field(description="Of the database, about")
    total_bytes: int
    kept: list[Needed] = Field([], description="Checkpoints that somebody needs")
    refused: list[str] = Field([], description="Why the deletion would be refused; empty if not")


class ChosenRuns(Body):
    """Runs that somebody has chosen, wherever they are."""

    runs: list[Annotated[str, StringConstraints(max_length=40)]] = Field(
        min_length=1, max_length=500
    )


class Undeletable(BaseModel):
    """A chosen run that would stay, and why."""

    run_id: str
    reasons: list[str]


class ChosenRemoval(BaseModel):
    """What deleting the chosen runs would free, as far as they can be deleted."""

    removal: Removal
    order: list[str] = Field(
        description="Ids of the runs that can go; what started from another goes before it"
    )
    refused: list[Undeletable]
