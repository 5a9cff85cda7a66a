from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as some

from prism_engine.data.spelling.number import bare_number, magnitude, number, rounded


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,234,567.5", Fraction(2469135, 2)),
        (".5", Fraction(1, 2)),
        ("-3/4", Fraction(-3, 4)),
        ("\\frac{-3}{4}", Fraction(-3, 4)),
        ("\\frac34", Fraction(3, 4)),
        ("2 3/4", Fraction(11, 4)),
        ("-2\\frac{3}{4}", Fraction(-11, 4)),
        ("1.5e-2", Fraction(3, 200)),
        ("10^3", Fraction(1000)),
        ("-1.5 × 10^{-1}", Fraction(-3, 20)),
        ("0.1(6)", Fraction(1, 6)),
        ("1.\\overline{09}", Fraction(12, 11)),
        ("25%", Fraction(1, 4)),
        ("12,34", None),
        ("1/0", None),
        ("1e9999", None),
        ("--1", None),
        ("1-", None),
        ("5 m", None),
        ("", None),
    ],
)
def test_numbers_are_read_exactly(text: str, value: Fraction | None) -> None:
    assert number(text) == value


def test_a_percentage_is_no_magnitude() -> None:
    assert magnitude("25") == 25
    assert magnitude("25%") is None


def test_a_bare_number_may_have_a_name_and_a_sign_of_currency_or_degrees() -> None:
    assert [bare_number(text) for text in ("x = 5", "$5", "-€5", "5°", "\\theta=5^\\circ")] == [
        5, 5, -5, 5, 5,
    ]  # fmt: skip
    assert [bare_number(text) for text in ("5 m", "x", "=5", "5$")] == [None] * 4


def test_halves_are_rounded_away_from_zero() -> None:
    values = [Fraction(value) for value in ("2.45", "-2.45", "2.4499", "0.05", "-0.04")]

    assert [rounded(value, 1) for value in values] == [
        Fraction("2.5"), Fraction("-2.5"), Fraction("2.4"), Fraction("0.1"), 0,
    ]  # fmt: skip


@given(some.fractions(max_denominator=10**6))
def test_what_python_writes_is_read(value: Fraction) -> None:
    assert number(str(value)) == value


@given(some.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12))
def test_decimals_are_read(value: object) -> None:
    assert number(f"{value:f}") == Fraction(str(value))
