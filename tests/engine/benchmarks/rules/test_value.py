from __future__ import annotations

import pytest

from prism_engine.benchmarks.rules.value import value_verdict


@pytest.mark.parametrize(
    ("gold", "right", "wrong"),
    [
        (
            "30",
            [
                "30", "30.0", "30.004", "**30**", "$30$", "\\boxed{30}", "30 watts", "30kW", "60/2",
                "x = 30", "= 30", "The answer is 30.", "Answer: 30", "30 is the answer",
                "So the power is 30 W. We used 2 resistors.",
                "The current is 5. So the power is 30 W.",
                "It is 30, not 40.", "0.03 x 10^3", "3e1", "30 V at 20 degrees", "3x = 90 = 30",
                "The answer is\n30", "first 5, then 6.\nSo the answer is 30",
                "30%",
            ],
            [
                "31", "-30", "−30", "300", "10 or 20 or 30", "30, 40", "30 and 40", "40 or 30",
                "between 30 and 40", "It is 40, not 30.", "30 = 40",
                "First it is 30.\nSo it is 31.",
            ],
        ),
        ("-120", ["-120", "−120", "-1.2e2"], ["120", "-12"]),
        ("8200", ["8,200", "$8,200", "8200 dollars"], ["8.2", "82,00"]),
        ("0.125", ["0.125", "1/8", "0.13"], ["0.12", "1.25"]),
        ("0.0965", ["0.0965", "0.097"], ["0.1", "0.09"]),
        ("1/64", ["1/64", "0.0156"], ["64", "1"]),
        ("1.06", ["1.06", "1.064"], ["1.07", "106"]),
        ("embryonic",
         ["Embryonic", "the embryonic stage", "It is embryonic.", "Embryonic is the stage"],
         ["embryo", "adult", "not embryonic", "embryonic or adult", "preembryonic",
          "The value embryonic is wrong."]),
        ("ion", ["ion", "an ion"], ["cation", "question"]),
        ("$CuS$", ["CuS", "$CuS$", "\\text{CuS}"], ["Cu"]),
        ("C", ["C", "(C)", "The answer is C."], ["D", "C or D"]),
        ("A", ["A", "point A"], ["B"]),
    ],
)  # fmt: skip
def test_values_are_what_is_said_last(gold: str, right: list[str], wrong: list[str]) -> None:
    assert [a for a in right if value_verdict([gold], a) != "right"] == []
    assert [a for a in wrong if value_verdict([gold], a) != "wrong"] == []


@pytest.mark.parametrize(
    ("gold", "answer"),
    [("30", ""), ("30", "many"), ("30", "pre30"), ("A", "a triangle"), ("ion", " ")],
)  # fmt: skip
def test_what_is_no_value_is_unparsed(gold: str, answer: str) -> None:
    assert value_verdict([gold], answer) == "unparsed"


def test_any_of_several_golds_is_right() -> None:
    assert value_verdict(["24/7", "3.429"], "3.43") == "right"
    assert value_verdict(["Leeds", "Yorkshire"], "Yorkshire") == "right"
    assert value_verdict(["Leeds", "Yorkshire"], "Derby") == "wrong"


def test_a_number_of_a_million_digits_is_none() -> None:
    assert value_verdict(["30"], "3" * 100_000) == "unparsed"
