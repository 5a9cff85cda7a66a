"""Conditions that a CI job sets on what a pipeline measured, such as `sft:accuracy_greedy>=0.6`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import typer

from prism_client.resources import Pipeline, Results

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
_CONDITION = re.compile(r"((?:[^\s:<>=]+:)*)([^\s:<>=]+)\s*(>=|<=|>|<)\s*(\S+)")


@dataclass(frozen=True)
class Figure:
    """A number that a pipeline came to. `of` is its run, or its arm and benchmark."""

    of: tuple[str, ...]
    name: str
    value: float


@dataclass(frozen=True)
class Requirement:
    """What the figures of a name must reach; `of` narrows them to a run, an arm or a benchmark."""

    text: str
    of: frozenset[str]
    name: str
    comparison: str
    value: float

    def check(self, figures: Iterable[Figure]) -> Check:
        meant = [f for f in figures if f.name == self.name and self.of <= set(f.of)]
        compare = COMPARISONS[self.comparison]
        # A figure that nobody measured reaches nothing: a misspelt name must not pass a job.
        met = bool(meant) and all(compare(figure.value, self.value) for figure in meant)
        return Check(self, tuple(meant), met)


@dataclass(frozen=True)
class Check:
    """A requirement beside the figures that it is about."""

    requirement: Requirement
    figures: tuple[Figure, ...]
    met: bool

    @property
    def found(self) -> str:
        """The figures in words."""
        if not self.figures:
            return f"nothing measured {self.requirement.name}"
        return ", ".join(f"{':'.join(figure.of)} {figure.value:.6g}" for figure in self.figures)

    def as_json(self) -> dict[str, Any]:
        figures = [{"of": list(figure.of), "value": figure.value} for figure in self.figures]
        return {"requirement": self.requirement.text, "met": self.met, "figures": figures}


def read_requirement(text: str | Requirement) -> Requirement:
    """Read `[RUN, ARM OR BENCHMARK:]NAME>=NUMBER`. Raises `BadParameter`."""
    if isinstance(text, Requirement):
        return text
    found = _CONDITION.fullmatch(text.strip())
    if found is None:
        raise typer.BadParameter(
            f"{text!r} is no condition; write NAME>=NUMBER, such as sft:accuracy_greedy>=0.6"
        )
    of, name, comparison, number = found.groups()
    try:
        value = float(number)
    except ValueError:
        raise typer.BadParameter(f"{number!r} in {text!r} is no number") from None
    return Requirement(text, frozenset(of.split(":")[:-1]), name, comparison, value)


def figures_of(pipeline: Pipeline, results: Results) -> Iterator[Figure]:
    """Give every run's last metrics and every arm's scores."""
    for run in pipeline.runs:
        for name, value in run.latest.items():
            yield Figure((run.name,), name, value)
    for arm in results.arms:
        for name, score in arm.scores.items():
            yield Figure((arm.arm, arm.benchmark), name, score.value)
