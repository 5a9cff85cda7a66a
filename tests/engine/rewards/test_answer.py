from __future__ import annotations

import pytest
from pydantic import TypeAdapter

from prism_engine.data.records import Answer, Record
from prism_engine.data.response import parse_response
from prism_engine.rewards import REWARDS
from prism_engine.rewards.answer import verdict

answers: TypeAdapter[Answer] = TypeAdapter(Answer)


@pytest.mark.parametrize(
    ("kind", "gold", "given", "expected"),
    [
        ("integer", 1200, "1200", "right"),
        ("integer", 1200, " 1,200. ", "right"),
        ("integer", 1200, "1200.0", "right"),
        ("integer", -3, "-3", "right"),
        ("integer", 1200, "1201", "wrong"),
        ("integer", 1200, "12,00", "unparsed"),
        ("integer", 3, "three", "unparsed"),
        ("integer", 3, "3 or 4", "unparsed"),
        ("integer", 3, "", "unparsed"),
        ("choice", "B", "(b)", "right"),
        ("choice", "B", "B.", "right"),
        ("choice", "B", "C", "wrong"),
        ("choice", "B", "B or C", "unparsed"),
        ("text", "Red circle", " red  circle. ", "right"),
        ("text", "red", "blue", "wrong"),
        ("text", "red", "   ", "unparsed"),
        ("list", ["2", "1", "3"], "2, 1, 3", "right"),
        ("list", ["2", "1", "3"], "[2; 01;3]", "right"),
        ("list", ["2", "1", "3"], "1, 2, 3", "wrong"),
        ("list", ["2", "1", "3"], "2, 1", "wrong"),
        ("list", ["Red", "blue"], "red,Blue", "right"),
        ("text", "a", "a" * 2000, "unparsed"),
    ],
)
def test_an_answer_is_compared_by_its_type(
    kind: str, gold: object, given: str, expected: str
) -> None:
    assert verdict(answers.validate_python({"type": kind, "value": gold}), given) == expected


def test_rewards_need_the_form() -> None:
    record = Record(id="a", question="q", answer={"type": "integer", "value": 2})
    form = "<caption>c</caption><think>t</think><answer>{}</answer>"
    responses = [form.format(2), form.format(3), "2"]

    given = {
        name: [reward(record, parse_response(text)) for text in responses]
        for name, reward in REWARDS.items()
    }

    assert given == {"answer": [1.0, 0.0, 0.0], "format": [1.0, 1.0, 0.0]}
