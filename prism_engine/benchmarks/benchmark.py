"""What a benchmark is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from prism_engine.contract.events import AnswerVerdict, Estimate
from prism_engine.contract.structure import (
    caption_items,
    caption_precision,
    caption_recall,
    reasoning_steps,
)
from prism_engine.data.records import DataSet, Record
from prism_engine.data.response import Sections, parse_response


@dataclass(frozen=True)
class Structure:
    """What there is to count in a well-formed response."""

    items: int
    steps: int
    recall: float | None  # None where there is no demonstration to compare with
    precision: float | None
    faithful: bool | None  # None where nobody knows what follows from a caption


@dataclass(frozen=True)
class Grade:
    """What a response is worth. `structure` is None where the form is broken."""

    correct: bool
    structure: Structure | None
    tokens: int | None = None  # None for a demonstration, which nobody generated


class Outcome(NamedTuple):
    """Whether the response to an item was right, and what its rules read."""

    record: Record
    right: bool
    answer: str | None = None


class Benchmark(Protocol):
    """One way of grading the rows of a data set."""

    @property
    def scorer(self) -> str:
        """Names the rules: verdicts are comparable only under the same one."""

    def name(self, data: DataSet) -> str:
        """What the results table calls it."""

    def question(self, record: Record) -> str:
        """The question alone, for a judge, without what the prompt says about the form."""

    def group(self, record: Record) -> str:
        """Items of one group depend on each other, such as the versions of one problem."""

    def verdict(self, record: Record, answer: str) -> AnswerVerdict | None:
        """The rules' verdict on an answer; None without a gold answer. Never an exception."""

    def breakdown(self, outcomes: Sequence[Outcome]) -> dict[str, Estimate]:
        """What its authors report beside the accuracy, and `score`, by which they rank.

        A name is a declared metric, or such a metric, a slash, and the part that it is over:
        `accuracy_greedy/task=geometry`.
        """

    def faithful(self, record: Record, sections: Sections) -> bool | None:
        """Whether the answer follows from the response's own caption; None if unknown."""


def grade(benchmark: Benchmark, record: Record, sections: Sections | None) -> Grade:
    """Grade one response strictly; a malformed one is wrong, whatever it says."""
    if sections is None:
        return Grade(correct=False, structure=None)
    correct = benchmark.verdict(record, sections.answer) == "right"
    return Grade(correct, structure_of(benchmark, record, sections))


def structure_of(benchmark: Benchmark, record: Record, sections: Sections) -> Structure:
    """Count what is in a well-formed response, and compare it with the demonstration."""
    items = caption_items(sections.caption)
    shown = parse_response(record.response) if record.response else None
    reference = caption_items(shown.caption) if shown else None
    return Structure(
        items=len(items),
        steps=reasoning_steps(sections.think),
        recall=None if reference is None else caption_recall(items, reference),
        precision=None if reference is None else caption_precision(items, reference),
        faithful=benchmark.faithful(record, sections),
    )
