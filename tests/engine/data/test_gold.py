from __future__ import annotations

import subprocess
import sys

import pytest

from prism_engine.data.answers import ExpressionAnswer
from prism_engine.data.gold import LONGEST_GOLD, gold_problem, type_gold


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("B", "choice", "B"), ("(C)", "choice", "C"), ("D.", "choice", "D"),
        ("12", "integer", 12), ("-3", "integer", -3), ("1,200", "integer", 1200),
        ("\\boxed{7}", "integer", 7), ("$42$", "integer", 42),
        ("2.50", "decimal", "2.50"), ("3/4", "decimal", "3/4"),
        ("\\frac{1}{2}", "decimal", "\\frac{1}{2}"),
        ("[0, 1)", "interval", "[0, 1)"), ("0 < x \\le 1", "interval", "0 < x \\le 1"),
        ("x > 3", "interval", "x > 3"),
        ("(1, 2)", "list", ["1", "2"]), ("[1, 2, 3]", "list", ["1", "2", "3"]),
        ("3, 5", "list", ["3", "5"]),
        ("\\{1, 2\\}", "set", ["1", "2"]),
        ("5 cm", "quantity", "5"), ("30°", "quantity", "30"), ("12 m^2", "quantity", "12"),
        ("50%", "quantity", "50"),
        ("2\\sqrt{3}", "expression", "2\\sqrt{3}"), ("x^2+1", "expression", "x^2+1"),
        ("2x+1", "expression", "2x+1"),
        ("y = 2x + 3", "expression", "y = 2x + 3"),
        ("yes", "text", "yes"), ("a blue car", "text", "a blue car"),
        ("red, then blue", "text", "red, then blue"),
        ("Cu", "text", "Cu"),
        ("2x", "expression", "2x"), ("3ab", "expression", "3ab"),
    ],
)  # fmt: skip
def test_a_text_gets_the_narrowest_type_that_fits(text: str, kind: str, value: object) -> None:
    gold = type_gold(text)
    assert gold is not None
    assert (gold.type, gold.value) == (kind, value)
    assert gold_problem(gold) is None


def test_a_quantity_keeps_its_unit() -> None:
    gold = type_gold("9.8 m/s^2")
    assert gold is not None
    assert (gold.type, gold.value, gold.unit) == ("quantity", "9.8", "m/s^2")


@pytest.mark.parametrize("text", ["B", "(B)", "a circle", "A CIRCLE."])
def test_a_choice_is_named_by_its_letter_or_its_text(text: str) -> None:
    gold = type_gold(text, ["a square", "a circle"])
    assert gold is not None
    assert (gold.type, gold.value, gold.choices) == ("choice", "B", ["a square", "a circle"])


@pytest.mark.parametrize("text", ["C", "a line", "same"])
def test_a_choice_that_is_none_or_two_of_them_is_no_gold(text: str) -> None:
    assert type_gold(text, ["same", "same"]) is None


@pytest.mark.parametrize("text", ["", "  \n", "9" * (LONGEST_GOLD + 1)])
def test_what_says_nothing_is_no_gold(text: str) -> None:
    assert type_gold(text) is None


def test_a_gold_that_nothing_could_equal_has_a_problem() -> None:
    assert "not one piece of mathematics" in str(gold_problem(ExpressionAnswer(value="x or y")))


def test_taking_data_in_needs_no_torch() -> None:
    code = "import sys, prism_engine.data.inspect; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
