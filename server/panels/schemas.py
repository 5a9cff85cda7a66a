from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator

from server.schemas import MOST, Body

MetricName = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Panel(Body):
    """A chart of one metric or several, as somebody wants to see it."""

    title: str = Field(min_length=1, max_length=80, pattern=r"\S")
    metrics: list[MetricName] = Field(min_length=1, max_length=6)
    axis: Literal["step", "tokens", "seconds"] = "step"
    scale: Literal["linear", "log"] = "linear"
    smoothing: float = Field(0, ge=0, le=0.99, description="The weight of what came before")

    @field_validator("metrics")
    @classmethod
    def _names_each_once(cls, metrics: list[str]) -> list[str]:
        if len(set(metrics)) < len(metrics):
            raise ValueError("names a metric twice; leave one out")
        return metrics


class PanelBoard(Body):
    """The panels that a person has in a project, in their order."""

    panels: list[Panel] = Field(max_length=50)
    version: int = Field(ge=0, le=MOST, description="How often they were changed until then")
