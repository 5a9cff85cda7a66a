"""Accuracies over parts of a benchmark, named `accuracy_greedy/<dimension>=<value>`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from typing import Any

from prism_engine.benchmarks.benchmark import Outcome
from prism_engine.benchmarks.statistics import ratio, share
from prism_engine.contract.events import Estimate

ACCURACY = "accuracy_greedy"


def accuracy(outcomes: Sequence[Outcome]) -> Estimate:
    """The share of right responses to items that do not depend on each other."""
    return share(sum(outcome.right for outcome in outcomes), len(outcomes))


def accuracy_by_group(outcomes: Sequence[Outcome], field: str) -> Estimate:
    """The share of right responses, items with the same `field` drawn again together."""
    groups = defaultdict[Hashable, list[bool]](list)
    for outcome in outcomes:
        groups[outcome.record.metadata[field]].append(outcome.right)
    found = ratio([sum(right) for right in groups.values()], [len(r) for r in groups.values()])
    assert found is not None
    return found


def by(outcomes: Sequence[Outcome], *fields: str) -> dict[str, Estimate]:
    """Accuracy for every value of every field of the records' metadata.

    A field that holds a list counts for each value in it; a record without the field for none.
    """
    parts = defaultdict[str, list[Outcome]](list)
    for field in fields:
        for outcome in outcomes:
            for value in _values(outcome.record.metadata.get(field)):
                parts[f"{field}={value}"].append(outcome)
    return {f"{ACCURACY}/{part}": accuracy(parts[part]) for part in sorted(parts)}


def _values(value: Any) -> Iterable[Any]:
    if value is None:
        return ()
    return dict.fromkeys(value) if isinstance(value, list) else (value,)
