"""Graded items and answers as tensors and back, so that an evaluation can be interrupted."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

import torch
from torch import Tensor

from prism_engine.benchmarks.benchmark import Grade, Structure
from prism_engine.benchmarks.evaluate import GradedItem
from prism_engine.data.records import Record

COLUMNS = ("correct", "tokens", "items", "steps", "recall", "precision", "faithful")


def grades_to_tensor(graded: Sequence[GradedItem], samples: int) -> Tensor:
    """(items, 1 + samples, columns) float64: the greedy response's grade, then the samples'.

    What is not known is no number: everything but `correct` and `tokens` where the form is broken.
    """
    rows = [[_numbers(grade) for grade in (item.greedy, *item.sampled)] for item in graded]
    return torch.tensor(rows, dtype=torch.float64).view(-1, 1 + samples, len(COLUMNS))


def grades_from_tensor(numbers: Tensor, records: Sequence[Record]) -> list[GradedItem]:
    """What `grades_to_tensor` was given; the items are the first of `records`."""
    graded = []
    for record, rows in zip(records, numbers.tolist(), strict=False):
        greedy, *sampled = (_grade(row) for row in rows)
        graded.append(GradedItem(record, greedy, tuple(sampled)))
    return graded


def texts_to_tensor(texts: Sequence[str | None]) -> Tensor:
    """(bytes,) uint8: texts as JSON, since checkpoints hold tensors alone."""
    return torch.tensor(list(json.dumps(texts).encode()), dtype=torch.uint8)


def texts_from_tensor(content: Tensor) -> list[str | None]:
    """What `texts_to_tensor` was given."""
    return json.loads(bytes(content.tolist()))


def _numbers(grade: Grade) -> list[float]:
    found = grade.structure
    if found is None:
        return [grade.correct, _or_nan(grade.tokens), *[math.nan] * (len(COLUMNS) - 2)]
    counted = (found.items, found.steps, found.recall, found.precision, found.faithful)
    return [grade.correct, _or_nan(grade.tokens), *map(_or_nan, counted)]


def _or_nan(number: float | None) -> float:
    return math.nan if number is None else number


def _grade(numbers: Sequence[float]) -> Grade:
    correct, tokens, items, steps, *compared = numbers
    generated = None if math.isnan(tokens) else int(tokens)
    if math.isnan(items):
        return Grade(correct == 1, None, generated)
    recall, precision, faithful = (None if math.isnan(n) else n for n in compared)
    structure = Structure(
        items=int(items),
        steps=int(steps),
        recall=recall,
        precision=precision,
        faithful=None if faithful is None else faithful == 1,
    )
    return Grade(correct == 1, structure, generated)
