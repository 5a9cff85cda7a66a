from __future__ import annotations

from fractions import Fraction

import pytest

from prism_engine.data.spelling.sequence import bracketed, split, value, ways_to_split


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("1, 2, 3", ["1", "2", "3"]),
        ("1,2; 3,4", ["1,2", "3,4"]),
        ("(1,2), (3,4)", ["(1,2)", "(3,4)"]),
        ("\\frac{1}{2}, f(a,b)", ["\\frac{1}{2}", "f(a,b)"]),
        ("a\nb\\\\c", ["a", "b", "c"]),
        ("1, 2,", ["1", "2"]),
        ("1,, 2", ["1", "", "2"]),
        ("", [""]),
        ("(1, 2", None),
        ("1), (2", None),
    ],
)
def test_values_stand_between_separators(text: str, parts: list[str] | None) -> None:
    assert split(text) == parts


def test_words_may_separate_too() -> None:
    assert ways_to_split("1, 2 and 3") == [["1", "2 and 3"], ["1", "2", "3"]]
    assert ways_to_split("x=1 or x=2") == [["x=1 or x=2"], ["x=1", "x=2"]]
    assert ways_to_split("1, 2") == [["1", "2"]]
    assert ways_to_split("(1") == []


def test_brackets_around_everything_are_taken_off() -> None:
    assert bracketed("\\left\\{1, 2\\right\\}") == ("{", "1, 2")
    assert bracketed("(1, 2), (3, 4)") == ("", "(1, 2), (3, 4)")
    assert bracketed("$[1, 2]$") == ("[", "1, 2")
    assert bracketed("[1, 2)") == ("", "[1, 2)")


def test_values_are_compared_as_numbers_rows_or_words() -> None:
    assert value("2/4") == value("0.5") == Fraction(1, 2)
    assert value("(1, (2, Red))") == (1, (2, "red"))
    assert value("Dark  Blue.") == "dark blue"
    assert value("[" * 50 + "1, 2" + "]" * 50) == value("[" * 50 + "1, 2" + "]" * 50)
