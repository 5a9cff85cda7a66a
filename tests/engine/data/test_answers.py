from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from prism_engine.data.answers import Answer, written

answers: TypeAdapter[Answer] = TypeAdapter(Answer)


@pytest.mark.parametrize(
    ("gold", "remedy"),
    [
        ({"type": "decimal", "value": "two"}, "an expression has its own type"),
        ({"type": "decimal", "value": "0.5", "precision": -1}, "greater than or equal to 0"),
        ({"type": "quantity", "value": "x", "unit": "m"}, "'x' is no number"),
        ({"type": "quantity", "value": "5", "unit": "m/"}, "'m/' is no unit"),
        ({"type": "quantity", "value": "5", "unit": " "}, "is no unit"),
        ({"type": "interval", "value": "1 to 2"}, "write [0, 1) or 0 <= x < 1"),
        ({"type": "choice", "value": "C", "choices": ["1", "2"]}, "2 choices, and C is none"),
        ({"type": "set", "value": []}, "at least 1 item"),
        ({"type": "expression", "value": ""}, "at least 1 character"),
        ({"type": "vector", "value": "1"}, "vector"),
    ],
)
def test_a_gold_that_is_not_of_its_type_is_refused(gold: dict, remedy: str) -> None:
    with pytest.raises(ValidationError) as refused:
        answers.validate_python(gold)
    assert remedy in str(refused.value)


def test_golds_are_shown_to_people() -> None:
    golds = [
        {"type": "quantity", "value": "5", "unit": "km/h"},
        {"type": "list", "value": ["1", "2"]},
        {"type": "integer", "value": 3},
        {"type": "choice", "value": "B", "choices": ["x", "y"]},
    ]

    shown = [written(answers.validate_python(gold)) for gold in golds]
    assert shown == ["5 km/h", "1, 2", "3", "B"]
