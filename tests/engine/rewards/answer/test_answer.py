from __future__ import annotations

import time
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from prism_engine.data.answers import Answer
from prism_engine.data.records import Record
from prism_engine.data.response import parse_response
from prism_engine.rewards import REWARDS
from prism_engine.rewards.answer import LONGEST_ANSWER, verdict
from prism_engine.rewards.answer.comparison import COMPARISONS
from prism_engine.rewards.answer.mathematics import CALCULATORS
from tests.engine.rewards.answer.cases import (
    ANSWERS,
    GOLDS,
    Case,
    hostile_cases,
    perturbed_cases,
    written_cases,
)

CALCULATED = 8
"""One in so many of the cases that need a calculator; `make verification` goes through all."""


def gold(kind: str, value: object, **more: object) -> Answer:
    return ANSWERS.validate_python({"type": kind, "value": value, **more})


def quick(cases: list[Case]) -> list[Case]:
    return [
        case
        for number, case in enumerate(cases)
        if case.gold.type != "expression" or number % CALCULATED == 0
    ]


def test_every_case_gets_its_verdict() -> None:
    said = {str(case): (verdict(case.gold, case.given), case) for case in quick(written_cases())}

    assert {name: found for name, (found, case) in said.items() if not case.is_met_by(found)} == {}
    assert {"right", "wrong", "unparsed"} == {found for found, _ in said.values()}


def test_a_wrong_digit_is_never_right() -> None:
    cases = quick(perturbed_cases())

    assert len(cases) > 500
    assert [str(case) for case in cases if verdict(case.gold, case.given) == "right"] == []


def test_every_type_has_twenty_right_spellings() -> None:
    spellings = Counter(case.gold.type for case in written_cases() if case.expected == "right")

    assert spellings.keys() == COMPARISONS.keys()
    assert min(spellings.values()) >= 20


@pytest.mark.parametrize(
    "kind", [kind for kind in COMPARISONS if kind not in ("expression", "decimal")]
)
def test_hostile_answers_are_refused_at_once(kind: str) -> None:
    for case in hostile_cases():
        if case.gold.type == kind:
            began = time.perf_counter()
            assert verdict(case.gold, case.given) != "right", str(case)[:200]
            assert time.perf_counter() - began < 1, str(case)[:200]


def test_what_needs_no_mathematics_starts_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CALCULATORS, "ask", lambda question: pytest.fail(f"asked {question}"))
    plain = {"integer", "choice", "text", "quantity"}

    for case in [*written_cases(), *perturbed_cases(), *hostile_cases()]:
        if case.gold.type in plain or case.gold.value == ["2", "1", "3"]:
            verdict(case.gold, case.given)


def test_an_endless_computation_is_a_timeout() -> None:
    endless = "((((x^{99}+1)^{99}+1)^{99}+1)^{99}+1)^{99}"

    assert verdict(gold("expression", "x+1"), endless) == "timeout"
    assert verdict(gold("expression", "x+1"), "1+x") == "right"


def test_an_answer_too_long_is_not_read() -> None:
    assert verdict(gold("text", "a"), "a" * LONGEST_ANSWER) == "wrong"
    assert verdict(gold("text", "a" * 2000), "a" * 2000) == "unparsed"


UNCALCULATED = [answer for answer in GOLDS if answer.type not in ("expression", "decimal")]
WRAPPINGS = [
    "{}",
    " {} ",
    "**{}**",
    "${}$",
    "\\boxed{{{}}}",
    "\\text{{{}}}",
    "`{}`",
    "{}.",
    "\n{}\n",
]


@settings(max_examples=300, deadline=None)
@given(some.data())
def test_wrapping_changes_no_verdict(data: some.DataObject) -> None:
    """For a right and for a wrong spelling of every type that needs no calculator."""
    cases = [
        case
        for case in written_cases()
        if case.gold.type not in ("expression", "decimal") and case.expected != "unparsed"
    ]
    case = data.draw(some.sampled_from(cases))
    bare = case.given.strip(". \n*$`\"'“”")
    wrapping = data.draw(some.sampled_from(WRAPPINGS))
    if "$" in case.given and "$" in wrapping:
        return

    assert verdict(case.gold, wrapping.format(bare)) == verdict(case.gold, bare), bare


@settings(max_examples=300, deadline=None)
@given(
    some.sampled_from([g for g in GOLDS if g.type not in ("expression", "decimal")]), some.text()
)
def test_any_text_gets_a_verdict(answer: Answer, text: str) -> None:
    assert verdict(answer, text) in ("right", "wrong", "unparsed")


@settings(max_examples=200, deadline=None)
@given(some.integers(), some.integers())
def test_integers_are_right_only_if_they_are_equal(ours: int, theirs: int) -> None:
    assert (verdict(gold("integer", ours), f"{theirs:,}") == "right") == (ours == theirs)


def test_rewards_need_the_form() -> None:
    record = Record(id="a", question="q", answer={"type": "integer", "value": 2})
    form = "<caption>c</caption><think>t</think><answer>{}</answer>"
    responses = [form.format(2), form.format(3), "2"]

    given = {
        name: [reward(record, parse_response(text)) for text in responses]
        for name, reward in REWARDS.items()
    }

    assert given == {"answer": [1.0, 0.0, 0.0], "format": [1.0, 1.0, 0.0]}


@pytest.mark.parametrize(
    "response",
    [
        "<caption></caption><think></think><answer>B</answer>",
        "<caption>c</caption><think>t</think><answer>B</answer><answer>A</answer>",
        "<caption>c <answer>B</answer></caption><think>t</think><answer>A</answer>",
        "<caption>c</caption><caption>d</caption><think>t</think><answer>B</answer>",
        "<caption>c</caption><think>t <answer>B</answer></think>",
        "<caption>c</caption><think>t</think><answer></answer>",
        "<caption>c</caption><think>t</think><answer>B",
        "<caption>c</caption><think>t</think><Answer>B</Answer>",
        "```\n<caption>c</caption><think>t</think><answer>B</answer>\n```",
    ],
)
def test_a_malformed_response_earns_nothing(response: str) -> None:
    record = Record(id="a", question="q", answer={"type": "choice", "value": "B"})

    assert [reward(record, parse_response(response)) for reward in REWARDS.values()] == [0.0, 0.0]
