"""From graded responses to the numbers of a results table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

from prism_engine.benchmarks.benchmark import Benchmark, Grade, Structure, grade
from prism_engine.benchmarks.distance import distances
from prism_engine.benchmarks.repeated import pass_at
from prism_engine.benchmarks.statistics import majority_share, mean, share
from prism_engine.contract.events import Estimate
from prism_engine.contract.structure import caption_items, reasoning_steps
from prism_engine.data.answers import written
from prism_engine.data.records import Record
from prism_engine.data.response import parse_response

COUNTED: dict[str, Callable[[Structure], float | None]] = {
    "caption_recall": lambda structure: structure.recall,
    "caption_precision": lambda structure: structure.precision,
    "caption_items": lambda structure: structure.items,
    "reasoning_steps": lambda structure: structure.steps,
    "caption_faithfulness": lambda structure: structure.faithful,
}
"""What is counted in well-formed responses, by the name of its metric."""

PASSES = (2, 4, 8)
"""Numbers of tries for which pass@k is reported."""


@dataclass(frozen=True)
class GradedItem:
    """The grades of one item's responses."""

    record: Record
    greedy: Grade
    sampled: tuple[Grade, ...]

    @property
    def drawn(self) -> tuple[Grade, ...]:
        """What structure is counted in: the samples, or the greedy response if there are none.

        Samples are what alignment works on, and there are several of them to an item.
        """
        return self.sampled or (self.greedy,)


def scores(items: Sequence[GradedItem]) -> dict[str, Estimate]:
    """Every metric of the policy with its 95% interval over items."""
    found = {"accuracy_greedy": share(sum(item.greedy.correct for item in items), len(items))}
    if all(item.sampled for item in items):
        rates = [fmean(grade.correct for grade in item.sampled) for item in items]
        found["accuracy_sampled"] = mean(rates)
        found |= _passes(items)
    found["valid_share"] = mean([_valid_share(item.drawn) for item in items])
    lengths = [item.greedy.tokens for item in items if item.greedy.tokens is not None]
    if lengths:
        found["response_tokens"] = mean(lengths)
    for name, count in COUNTED.items():
        per_item = [_average(item.drawn, count) for item in items]
        known = [value for value in per_item if value is not None]
        if known:
            found[name] = mean(known)
    return found | _distances(items)


def supervision_scores(benchmark: Benchmark, records: Sequence[Record]) -> dict[str, float]:
    """The same numbers for the demonstrations, where the records have them."""
    shown = [record for record in records if record.response is not None]
    grades = [grade(benchmark, record, parse_response(record.response or "")) for record in shown]
    if not grades:
        return {}
    found = {"accuracy_greedy": fmean(grade.correct for grade in grades)}
    found["valid_share"] = _valid_share(grades)
    for name, count in COUNTED.items():
        average = _average(grades, count)
        if average is not None:
            found[name] = average
    return found


def majority(records: Sequence[Record]) -> float:
    """Accuracy of always giving the most common answer; of a choice that is its letter."""
    return majority_share([written(record.answer) for record in records if record.answer])


def _passes(items: Sequence[GradedItem]) -> dict[str, Estimate]:
    """How likely one of k samples is right, for every k that there are samples for."""
    samples = [[grade.correct for grade in item.sampled] for item in items]
    fewest = min(len(right) for right in samples)
    return {
        f"pass_at_{k}": mean([pass_at(k, right) for right in samples])
        for k in PASSES
        if k <= fewest
    }


def _distances(items: Sequence[GradedItem]) -> dict[str, Estimate]:
    """How far the counts of well-formed responses are from their items' demonstrations'."""
    compared = [
        ([grade.structure for grade in item.drawn if grade.structure is not None], shown)
        for item in items
        if (shown := parse_response(item.record.response or "")) is not None
    ]
    compared = [(drawn, shown) for drawn, shown in compared if drawn]
    if not compared:
        return {}
    items_apart = distances(
        [[structure.items for structure in drawn] for drawn, _ in compared],
        [len(caption_items(shown.caption)) for _, shown in compared],
    )
    steps_apart = distances(
        [[structure.steps for structure in drawn] for drawn, _ in compared],
        [reasoning_steps(shown.think) for _, shown in compared],
    )
    return {
        **{f"caption_items_{name}": apart for name, apart in items_apart.items()},
        **{f"reasoning_steps_{name}": apart for name, apart in steps_apart.items()},
    }


def _average(grades: Sequence[Grade], count: Callable[[Structure], float | None]) -> float | None:
    counted = [count(grade.structure) for grade in grades if grade.structure is not None]
    known = [value for value in counted if value is not None]
    return fmean(known) if known else None


def _valid_share(grades: Sequence[Grade]) -> float:
    return fmean(grade.structure is not None for grade in grades)
