from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from server.runs.schemas import Role, RunKind


class Recipe(BaseModel):
    """A vetted pipeline to start from."""

    name: str
    title: str
    description: str
    recipe: dict[str, Any]
    yaml: str


class MetricMeaning(BaseModel):
    """What a number means."""

    name: str
    title: str
    meaning: str
    unit: str
    better: Literal["up", "down", "neither"]
    timing: bool


class KindMeaning(BaseModel):
    """A kind of run and the roles in which it can be named by another."""

    kind: RunKind
    title: str
    produces: list[Role]


class SearchField(BaseModel):
    """A field that runs are looked for by."""

    name: str
    holds: Literal["word", "number", "moment"]
    values: list[str] = Field(description="All there are, where these are few; else empty")


class Catalog(BaseModel):
    """All that a launch form, a chart and a filter of runs need to know beforehand."""

    model_config = ConfigDict(populate_by_name=True)

    recipe_schema: dict[str, Any] = Field(
        alias="schema", description="JSON Schema of a recipe: the launch form"
    )
    recipes: list[Recipe]
    metrics: list[MetricMeaning]
    kinds: list[KindMeaning]
    search: list[SearchField]
