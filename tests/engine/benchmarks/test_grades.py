from __future__ import annotations

import math

from prism_engine.benchmarks.benchmark import Grade, Structure
from prism_engine.benchmarks.evaluate import GradedItem
from prism_engine.benchmarks.grades import (
    grades_from_tensor,
    grades_to_tensor,
    texts_from_tensor,
    texts_to_tensor,
)
from prism_engine.data.records import Record

RECORDS = [Record(id=str(number), question="what") for number in range(3)]
FULL = Grade(
    True, Structure(items=3, steps=2, recall=1 / 3, precision=0.1, faithful=False), tokens=48
)
PARTLY = Grade(False, Structure(items=0, steps=0, recall=None, precision=0.0, faithful=None))
BROKEN = Grade(False, None)


def test_grades_come_back_as_they_were() -> None:
    graded = [
        GradedItem(RECORDS[0], FULL, (PARTLY, BROKEN)),
        GradedItem(RECORDS[1], BROKEN, (FULL, FULL)),
    ]
    numbers = grades_to_tensor(graded, samples=2)

    assert numbers.shape == (2, 3, 7)
    assert numbers[0, 0].tolist() == [1, 48, 3, 2, 1 / 3, 0.1, 0]
    assert math.isnan(numbers[0, 1, 4])
    assert grades_from_tensor(numbers, RECORDS) == graded


def test_no_samples_and_no_items() -> None:
    greedy = [GradedItem(RECORDS[0], FULL, ())]
    assert grades_from_tensor(grades_to_tensor(greedy, samples=0), RECORDS) == greedy
    assert grades_from_tensor(grades_to_tensor([], samples=8), RECORDS) == []


def test_answers_come_back_as_they_were() -> None:
    for texts in ([], [None, "", "ja, ½ \0 \ud800", "B"]):
        assert texts_from_tensor(texts_to_tensor(texts)) == texts
