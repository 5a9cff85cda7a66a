"""What a user asks for: a pipeline of named runs.

A recipe is a YAML file with the fields of `Pipeline`. Every run in it is one stage; its edges are
the references in `policy` and `discriminator`, which name a registered model, a hub id, a folder
(on the engine's own command line) or another run of the same pipeline. `runs.py` has the settings
of each kind.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, Self

import yaml
from pydantic import BaseModel, Field, model_validator
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError, ValidationError

from prism_engine.contract.endpoints import FromEndpoint
from prism_engine.contract.runs import (
    PRODUCES,
    Align,
    Ask,
    BaseRun,
    Curate,
    Evaluate,
    GroupedRun,
    PassRate,
    PolicyRun,
    ReinforcedRun,
    Rlvr,
    Run,
    ScoringMode,
    Sft,
    TrainingRun,
    Warmup,
)
from prism_engine.contract.settings import (
    FromCheckpoint,
    FromModel,
    FromRun,
    Name,
    Settings,
)

__all__ = [
    "PRODUCES",
    "Align",
    "Ask",
    "BaseRun",
    "Curate",
    "Evaluate",
    "GroupedRun",
    "InvalidRecipe",
    "PassRate",
    "Pipeline",
    "PolicyRun",
    "Problem",
    "ReinforcedRun",
    "Rlvr",
    "Run",
    "ScoringMode",
    "Sft",
    "TrainingRun",
    "Warmup",
    "concise",
    "read_pipeline",
]


class Pipeline(Settings):
    """Named runs and the edges between them."""

    name: Name = Field(description="Name of the pipeline")
    seed: int = Field(0, ge=0, lt=2**31, description="Seed of everything random in it")
    runs: dict[Name, Run] = Field(min_length=1, description="Runs by name")

    @model_validator(mode="after")
    def _edges_lead_to_what_they_need(self) -> Self:
        problems = [
            InitErrorDetails(
                type=PydanticCustomError("edge", "{problem}", {"problem": problem}),
                loc=("runs", name, role, "run"),
                input=parent,
            )
            for name, role, parent in self.edges()
            if (problem := self._problem_with(name, role, parent))
        ]
        if problems:
            raise ValidationError.from_exception_data("Pipeline", problems)
        return self

    def _problem_with(self, name: str, role: str, parent: str) -> str | None:
        producers = [
            other
            for other, run in self.runs.items()
            if role in PRODUCES[run.kind] and name not in self.ancestors(other)
        ]
        remedy = f"name one of: {', '.join(producers)}" if producers else (
            f"add a run that ends with a {role}"
        )  # fmt: skip
        if parent not in self.runs:
            return f"there is no run '{parent}' in this pipeline; {remedy}"
        kind = self.runs[parent].kind
        if role not in PRODUCES[kind]:
            return f"run '{parent}' is of kind {kind}, which gives no {role}; {remedy}"
        if name in self.ancestors(parent):
            return f"run '{name}' would wait for itself; {remedy}"
        return None

    def edges(self) -> list[tuple[str, str, str]]:
        """Every edge as (run, role, parent)."""
        return [
            (name, role, reference.run)
            for name, run in self.runs.items()
            for role in ("policy", "discriminator")
            if isinstance(reference := getattr(run, role, None), FromRun)
        ]

    def checkpoints(self) -> list[tuple[str, str, str]]:
        """Every checkpoint of another pipeline as (run, role, checkpoint)."""
        return [
            (name, role, reference.checkpoint)
            for name, run in self.runs.items()
            for role in ("policy", "discriminator")
            if isinstance(reference := getattr(run, role, None), FromCheckpoint)
        ]

    def models(self) -> set[str]:
        """Every model that is named, registered, public or a folder."""
        return {
            reference.model
            for run in self.runs.values()
            for role in ("policy", "discriminator")
            if isinstance(reference := getattr(run, role, None), FromModel)
        }

    def ancestors(self, name: str) -> set[str]:
        """The run itself and every run that it waits for."""
        found: set[str] = set()
        waiting = [name]
        while waiting:
            current = waiting.pop()
            if current not in found:
                found.add(current)
                waiting += [parent for child, _, parent in self.edges() if child == current]
        return found

    def in_order(self) -> list[str]:
        """The runs' names, parents before children, otherwise as written."""
        needs = {name: self.ancestors(name) - {name} for name in self.runs}
        ordered: list[str] = []
        while len(ordered) < len(self.runs):
            ordered.append(
                next(n for n in self.runs if n not in ordered and needs[n] <= set(ordered))
            )
        return ordered


class Problem(BaseModel):
    """What is wrong with one field of a recipe, and what to do about it."""

    field: str = Field(description="Path of the field, such as runs.align.discriminator.run")
    message: str


class InvalidRecipe(ValueError):
    """A recipe that cannot run; `problems` name every field and its remedy."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{p.field}: {p.message}" for p in problems))


def read_pipeline(recipe: str | dict[str, Any]) -> Pipeline:
    """Read a recipe from YAML, JSON or the object they hold. Raises `InvalidRecipe`."""
    try:
        content = yaml.safe_load(recipe) if isinstance(recipe, str) else recipe
        return Pipeline.model_validate(content)
    except yaml.YAMLError as error:
        raise InvalidRecipe([Problem(field="", message=f"not YAML: {error}")]) from error
    except ValidationError as error:
        raise InvalidRecipe([_problem(detail) for detail in _meant(error.errors())]) from error


def concise(settings: Settings) -> dict[str, Any]:
    """Return settings as somebody would write them: without what the defaults say, as JSON."""
    written: dict[str, Any] = {}
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        # The kind says what the defaults are, so that it always stands.
        if name == "kind" or value != field.get_default(call_default_factory=True):
            written[name] = _written(value)
    return written


def _written(value: Any) -> Any:
    if isinstance(value, Settings):
        return concise(value)
    if isinstance(value, dict):
        return {key: _written(item) for key, item in value.items()}
    return [_written(item) for item in value] if isinstance(value, list) else value


_REFERENCES = frozenset(
    kind.__name__ for kind in (FromModel, FromRun, FromCheckpoint, FromEndpoint)
)


def _meant(details: list[ErrorDetails]) -> list[ErrorDetails]:
    """What is wrong, but not that a reference of one kind is none of another kind."""
    kinds = {_branch(detail["loc"]) for detail in details}
    # A reference without the key of its kind is of another kind.
    others = {detail["loc"][:-1] for detail in details if detail["type"] == "missing"} & kinds
    meant = {kind[:-1] for kind in kinds - others if kind}
    return [
        detail
        for detail in details
        if (kind := _branch(detail["loc"])) not in others or kind[:-1] not in meant
    ]


def _branch(path: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """The part of a path that ends with the kind of a reference; empty where it has none."""
    depth = next((i for i, part in enumerate(path) if part in _REFERENCES), -1)
    return path[: depth + 1]


def _problem(detail: ErrorDetails) -> Problem:
    """Drop the union tags that pydantic puts into a path, and add the remedy where it has none."""
    tags = {group.__name__ for group in _all_settings()} | {
        group.model_fields["kind"].default
        for group in _all_settings()
        if "kind" in group.model_fields
    }
    unknown = detail["type"] == "extra_forbidden"
    # The names of runs, and of a setting that is not there, may be spelt like a tag.
    named = {1, len(detail["loc"]) - 1 if unknown else 1}
    path = [str(part) for i, part in enumerate(detail["loc"]) if part not in tags or i in named]
    message = detail["msg"].removeprefix("Value error, ")
    if unknown:
        known = {name for group in _all_settings() for name in group.model_fields}
        close = get_close_matches(path[-1], known, n=1)
        remedy = f"did you mean '{close[0]}'?" if close else "remove it"
        message = f"there is no setting '{path[-1]}' here; {remedy}"
    return Problem(field=".".join(path), message=message)


def _all_settings() -> list[type[Settings]]:
    found: list[type[Settings]] = [Settings]
    for group in found:
        found += group.__subclasses__()
    return found
