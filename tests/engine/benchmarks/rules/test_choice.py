from __future__ import annotations

import time

import pytest

from prism_engine.benchmarks.rules.choice import choices_named

CITIES = ["Paris", "London", "Rome", "Berlin"]


@pytest.mark.parametrize(
    "answer",
    [
        "B", "b", "(B)", "B.", "B)", "[B]", "**B**", "**(B)**", "`B`", "$B$", "\\boxed{B}",
        "$\\boxed{\\text{B}}$", "Ｂ", "B\u200b", "Option B",
        "B. London",
        "(B) London",
        "B: London", "B - London", "London", "london.", "The answer is B",
        "The answer is (B).", "Answer: B",
        "**Answer:** B", "Answer: **B**", "The correct option is (B)", "The answer is:\n\nB",
        "The answer is London.", "The answer is B, not C.", "The answer is B. Option C is wrong.",
        "(B) because (A) is wrong", "(A) is wrong, so it is (B)",
        "option A is out: the answer is B",
        "Answer: A\nWait.\nAnswer: B", "I would choose B.", "B is correct.", "B, since it fits",
        "A city is shown, so the answer is B", "I think it is B", "In the U.S.A. it is B",
        "The city of London is what is seen here.", "Not A but B",
    ],
)  # fmt: skip
def test_one_choice_however_it_is_written(answer: str) -> None:
    assert choices_named(answer, CITIES) == ["B"]


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        ("A and B", ["A", "B"]),
        ("A/B/C/D", ["A", "B", "C", "D"]),
        ("(A) or (B)", ["A", "B"]),
        ("The answer is B or C", ["B", "C"]),
        ("Answer: A, C", ["A", "C"]),
        ("It could be Paris or Rome.", ["A", "C"]),
        ("B. Paris", ["B", "A"]),
    ],
)
def test_a_hedge_is_no_choice(answer: str, named: list[str]) -> None:
    assert choices_named(answer, CITIES) == named


@pytest.mark.parametrize(
    "answer",
    ["", "?", "I cannot tell.", "It is not (B)", "The answer is not B", "A is not it", "В",
     "Parisian"],
)  # fmt: skip
def test_nothing_is_read_into_an_answer(answer: str) -> None:
    assert choices_named(answer, CITIES) == []


def test_a_letter_beyond_the_options_is_named_as_such() -> None:
    assert choices_named("Answer: F", CITIES) == ["F"]


def test_the_longest_option_that_is_mentioned_counts() -> None:
    assert choices_named("So it must be a red square here", ["square", "red square", "red"]) == [
        "B"
    ]
    assert choices_named("a potential of 15 V", ["5 V", "15 V"]) == ["B"]
    assert choices_named("anions", ["ion", "anion"]) == []


def test_options_differ_by_their_signs() -> None:
    partitions = ["{1, 2} {3}", "{1} {2, 3}", "1, 2, 3"]
    assert choices_named("{1} {2, 3}", partitions) == ["B"]
    assert choices_named("It is 1, 2, 3 as shown", partitions) == ["C"]
    assert choices_named("It has to be $x$ here", ["$x^2$", "$x$"]) == ["B"]
    assert choices_named("It is $x^2$ or else $x$ here", ["$x^2$", "$x$"]) == ["A", "B"]


def test_letters_that_are_options_themselves() -> None:
    assert choices_named("Answer: C", ["B", "C", "A"]) == ["C"]
    assert choices_named("B. C", ["B", "C", "A"]) == ["B"]


@pytest.mark.parametrize("text", ["(" * 20_000, ". " * 10_000, "A " * 10_000, "answer is " * 2000])
def test_hostile_answers_take_no_time(text: str) -> None:
    begun = time.perf_counter()
    choices_named(text, CITIES)
    assert time.perf_counter() - begun < 5
