"""A grid over a recipe: arms, which change some of its settings, times seeds.

The arms of one seed become one pipeline. A run that comes out the same in several arms, with all
that it starts from, stands in it once: what they share is trained once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from hashlib import sha256
from itertools import product
from math import prod
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from prism_engine.contract.config import (
    Evaluate,
    InvalidRecipe,
    Pipeline,
    Problem,
    Run,
    read_pipeline,
)
from prism_engine.contract.settings import FromRun

Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Changes = dict[str, Any]

MOST_ARMS = 64
MOST_SEEDS = 32
MOST_RUNS = 2000
BASE = "base"
"""What the arm is called that changes nothing."""


class Ablation(BaseModel):
    """One arm beside the grid: the recipe with some settings changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: Label
    changes: Changes = Field(min_length=1, description="New values by setting")


class Grid(BaseModel):
    """What a study varies.

    A setting is named by its path: `runs.NAME.…` for one run, or `KIND.…` for every run of a kind,
    such as `rlvr.algorithm`. A word in place of settings with a kind means that kind.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    settings: dict[str, list[Any]] = Field(
        {}, description="Values by setting; every combination of them is an arm"
    )
    ablations: list[Ablation] = Field([], description="Further arms, each on the recipe as it is")
    seeds: list[Annotated[int, Field(ge=0, lt=2**31)]] = Field(
        [], max_length=MOST_SEEDS, description="The recipe's own if there is none"
    )
    labels: dict[str, Label] = Field(
        {}, description="What arms are to be called, by what they would be called otherwise"
    )

    @model_validator(mode="after")
    def _is_plain(self) -> Self:
        try:
            json.dumps([self.settings, [arm.changes for arm in self.ablations]], allow_nan=False)
        except ValueError as error:
            raise ValueError("values must be plain JSON, and numbers finite") from error
        return self


class Arm(BaseModel):
    """A recipe with some settings changed, and the runs of each pipeline that are its own way."""

    label: str
    changes: Changes = Field(description="New values by setting; empty for the recipe as it is")
    runs: list[str] = Field(description="Names of its runs, those that it shares too")


@dataclass(frozen=True)
class Plan:
    """What a grid comes to: its arms, and a pipeline of all of them for every seed."""

    arms: Sequence[Arm]
    pipelines: Sequence[Pipeline]

    @property
    def unshared_runs(self) -> int:
        """How many runs there would be if every arm trained everything by itself."""
        return sum(len(arm.runs) for arm in self.arms) * len(self.pipelines)


def expand(recipe: Pipeline, grid: Grid) -> Plan:
    """Expand a grid over a recipe. Raises `InvalidRecipe` naming every field that is wrong."""
    _refuse(_problems_of_size(grid))
    _refuse(_problems_of_paths(recipe, grid))
    changes = [*_combinations(grid), *(ablation.changes for ablation in grid.ablations)]
    labels = _labels(grid)
    recipes = _changed(recipe, changes, labels)
    arms, merged = _merged(recipe, changes, labels, recipes)
    pipelines = [merged.model_copy(update={"seed": seed}) for seed in grid.seeds or [recipe.seed]]
    if len(merged.runs) * len(pipelines) > MOST_RUNS:
        _refuse([Problem(field="grid", message=f"more than {MOST_RUNS} runs; split the study")])
    return Plan(arms, pipelines)


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise InvalidRecipe(problems)


def _problems_of_size(grid: Grid) -> list[Problem]:
    arms = prod(len(values) for values in grid.settings.values()) + len(grid.ablations)
    found = [
        Problem(field=f"grid.settings.{path}", message="give it at least one value")
        for path, values in grid.settings.items()
        if not values
    ] + [
        Problem(field=f"grid.settings.{path}", message="a value stands there twice; take one out")
        for path, values in grid.settings.items()
        if len({_written(value) for value in values}) < len(values)
    ]
    if len(set(grid.seeds)) < len(grid.seeds):
        found.append(Problem(field="grid.seeds", message="a seed stands there twice; take one out"))
    if arms > MOST_ARMS:
        message = f"{arms} arms are more than {MOST_ARMS}; split the study"
        found.append(Problem(field="grid", message=message))
    return found


def _problems_of_paths(recipe: Pipeline, grid: Grid) -> list[Problem]:
    paths = [(f"grid.settings.{path}", path) for path in grid.settings]
    paths += [
        (f"grid.ablations.{place}.changes.{path}", path)
        for place, ablation in enumerate(grid.ablations)
        for path in ablation.changes
    ]
    kinds = sorted({run.kind for run in recipe.runs.values()})
    remedy = f"begin with a kind of run ({', '.join(kinds)}) or with runs.NAME"
    return [
        Problem(field=field, message=f"'{path}' is a setting of no run; {remedy}")
        for field, path in paths
        if not list(_places(recipe, path))
    ]


def _combinations(grid: Grid) -> list[Changes]:
    """Every combination of the grid's values; without any, the recipe as it is."""
    values = product(*grid.settings.values())
    return [dict(zip(grid.settings, chosen, strict=True)) for chosen in values]


def _labels(grid: Grid) -> list[str]:
    """What the arms are called. Raises `InvalidRecipe` if two have one name."""
    combinations = _combinations(grid)
    short = [label_of(changes) for changes in combinations]
    if len(set(short)) < len(short):
        short = [label_of(changes, whole_paths=True) for changes in combinations]
    unknown = [name for name in grid.labels if name not in short]
    found = [grid.labels.get(name, name) for name in short]
    found += [ablation.label for ablation in grid.ablations]
    twice = sorted({label for label in found if found.count(label) > 1})
    _refuse(
        [
            Problem(
                field=f"grid.labels.{name}",
                message=f"there is no such arm; there are: {', '.join(short)}",
            )
            for name in unknown
        ]
        + [
            Problem(field="grid", message=f"two arms are called '{label}'; name one otherwise")
            for label in twice
        ]
    )
    return found


def label_of(changes: Mapping[str, Any], *, whole_paths: bool = False) -> str:
    """What an arm is called that nobody named: `dapo, learning_rate 1e-05`."""
    parts = [
        text if named and not whole_paths else f"{path if whole_paths else _last(path)} {text}"
        for path, value in changes.items()
        for text, named in [_text(value)]
    ]
    label = ", ".join(parts) or BASE
    return label if len(label) <= 80 else f"{label[:79]}…"


def _last(path: str) -> str:
    return path.rpartition(".")[2]


def _text(value: Any) -> tuple[str, bool]:
    """A value in words, and whether it says by itself what it is."""
    if isinstance(value, str):
        return value, True
    if isinstance(value, dict) and isinstance(kind := value.get("kind"), str):
        rest = [f"{name} {_text(part)[0]}" for name, part in value.items() if name != "kind"]
        return " ".join([kind, *([f"({', '.join(rest)})"] if rest else [])]), True
    return _written(value), False


def _written(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _places(recipe: Pipeline, path: str) -> Iterator[tuple[str, ...]]:
    """Where in a recipe a path of the grid leads: (run, setting, …)."""
    first, *rest = path.split(".")
    if first == "runs" and len(rest) > 1 and rest[0] in recipe.runs:
        yield tuple(rest)
    elif rest and first != "runs":
        of_kind = [name for name, run in recipe.runs.items() if run.kind == first]
        for name in of_kind or ([first] if first in recipe.runs else []):
            yield (name, *rest)


def _changed(recipe: Pipeline, changes: Sequence[Changes], labels: Sequence[str]) -> list[Pipeline]:
    """The recipe of every arm. Raises `InvalidRecipe` with the problems of all of them."""
    base = recipe.model_dump(mode="json")
    recipes: list[Pipeline] = []
    problems: list[Problem] = []
    for arm, label in zip(changes, labels, strict=True):
        content = deepcopy(base)
        for path, value in arm.items():
            for place in _places(recipe, path):
                _set(content["runs"], place, value)
        try:
            recipes.append(read_pipeline(content))
        except InvalidRecipe as error:
            problems += [
                Problem(field=problem.field, message=f"in arm '{label}': {problem.message}")
                for problem in error.problems
            ]
    _refuse(problems)
    return recipes


def _set(runs: dict[str, Any], place: tuple[str, ...], value: Any) -> None:
    """Set one value. What a word stands for is said by what it replaces.

    Raises:
        InvalidRecipe: the path leads through something that has no settings.
    """
    *path, last = place
    group: Any = runs
    for name in path:
        if group.get(name) is None:
            group[name] = {}
        group = group[name]
        if not isinstance(group, dict):
            field = f"runs.{'.'.join(place)}"
            _refuse([Problem(field=field, message=f"'{name}' has no settings of its own")])
    before = group.get(last)
    if isinstance(value, str) and isinstance(before, dict):
        key = next((key for key in ("kind", "model", "run") if key in before), None)
        value = {key: value} if key else value
    group[last] = deepcopy(value)


def _merged(
    base: Pipeline,
    changes: Sequence[Changes],
    labels: Sequence[str],
    recipes: Sequence[Pipeline],
) -> tuple[list[Arm], Pipeline]:
    """Put the recipes of all arms into one, each run that is the same in several of them once."""
    identities = [_identities(recipe) for recipe in recipes]
    rows = _rows_that_vary(recipes[0], identities)
    names: dict[str, str] = {}
    versions: dict[str, tuple[Run, Mapping[str, str]]] = {}
    for name in base.in_order():
        groups: dict[str, list[int]] = {}
        for arm, identity in enumerate(identities):
            groups.setdefault(identity[name], []).append(arm)
        for version, members in groups.items():
            label, suffix = _label_of_group(members, changes, labels)
            run = recipes[members[0]].runs[name]
            if isinstance(run, Evaluate) and len(groups) > 1:
                run = run.model_copy(update={"arm": _row(run, label, rows)})
            names[version] = _free_name(name, suffix if len(groups) > 1 else "", versions)
            versions[names[version]] = run, identities[members[0]]
    runs = {
        name: _rewired(run, identity, names).model_dump(mode="json")
        for name, (run, identity) in versions.items()
    }
    arms = [
        Arm(label=label, changes=arm, runs=[names[identity[name]] for name in base.in_order()])
        for label, arm, identity in zip(labels, changes, identities, strict=True)
    ]
    return arms, read_pipeline({"name": base.name, "seed": base.seed, "runs": runs})


def _identities(recipe: Pipeline) -> dict[str, str]:
    """For every run a hash of its settings, with those of the runs that it starts from."""
    found: dict[str, str] = {}
    for name in recipe.in_order():
        content = recipe.runs[name].model_dump(mode="json")
        parents = {role: found[parent] for run, role, parent in recipe.edges() if run == name}
        found[name] = sha256(_written([name, content | parents]).encode()).hexdigest()
    return found


def _label_of_group(
    members: Sequence[int], changes: Sequence[Changes], labels: Sequence[str]
) -> tuple[str, str]:
    """What a run of these arms is called by: what they change alike. Also as a suffix, if any."""
    first, *others = (changes[arm] for arm in members)
    common = {
        path: value
        for path, value in first.items()
        if all(path in other and other[path] == value for other in others)
    }
    named = [labels[arm] for arm in members if changes[arm] == common]
    label = named[0] if named else label_of(common)
    return label, re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-") if common else ""


def _free_name(name: str, suffix: str, taken: Mapping[str, Any]) -> str:
    wanted = f"{name}-{suffix}"[:60].rstrip("-._") if suffix else name
    number, free = 2, wanted
    while free in taken:
        free = f"{wanted[:59]}-{number}"
        number += 1
    return free


def _rows_that_vary(recipe: Pipeline, identities: Sequence[Mapping[str, str]]) -> set[str]:
    """Rows of the recipe's own results table that the study has several versions of."""
    return {
        _own_row(run)
        for name, run in recipe.runs.items()
        if isinstance(run, Evaluate) and len({identity[name] for identity in identities}) > 1
    }


def _own_row(run: Evaluate) -> str:
    named = (run.arm, *(getattr(run.policy, key, None) for key in ("run", "model")))
    return next((name for name in named if name), "policy")


def _row(run: Evaluate, label: str, rows: set[str]) -> str:
    """The row of an evaluation: its arm of the study, after its own where there are several."""
    return (label if len(rows) == 1 else f"{_own_row(run)} · {label}")[:80]


def _rewired(run: Run, identity: Mapping[str, str], names: Mapping[str, str]) -> Run:
    """The run with the new names of the runs that it starts from."""
    roles = {
        role: FromRun(run=names[identity[reference.run]])
        for role in ("policy", "discriminator")
        if isinstance(reference := getattr(run, role, None), FromRun)
    }
    return run.model_copy(update=roles)
