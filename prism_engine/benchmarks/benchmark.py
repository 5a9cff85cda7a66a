"""What a benchmark is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from prism_engine.benchmarks.structure import (
    caption_items,
    caption_precision,
    caption_recall,
    reasoning_steps,
)
from prism_engine.data.records import Record
from prism_engine.data.response import Sections, parse_response
from prism_engine.rewards.answer import answer_reward


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


class Benchmark(Protocol):
    """One way of grading the rows of a data set."""

    def name(self, data: str) -> str:
        """What the results table calls it; `data` is the name of the data set's folder."""

    def faithful(self, record: Record, sections: Sections) -> bool | None:
        """Whether the answer follows from the response's own caption; None if unknown."""


def grade(benchmark: Benchmark, record: Record, sections: Sections | None) -> Grade:
    """Grade one response; a malformed one is wrong, whatever it says."""
    correct = answer_reward(record, sections) == 1.0
    if sections is None:
        return Grade(correct, None)
    items = caption_items(sections.caption)
    shown = parse_response(record.response) if record.response else None
    reference = caption_items(shown.caption) if shown else None
    return Grade(
        correct,
        Structure(
            items=len(items),
            steps=reasoning_steps(sections.think),
            recall=None if reference is None else caption_recall(items, reference),
            precision=None if reference is None else caption_precision(items, reference),
            faithful=benchmark.faithful(record, sections),
        ),
    )
