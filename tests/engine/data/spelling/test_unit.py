from __future__ import annotations

from fractions import Fraction

import pytest

from prism_engine.data.spelling.unit import quantity, unit


def in_bases(text: str) -> tuple[Fraction, dict[str, int]]:
    found = unit(text)
    assert found is not None
    return found.factor, dict(found.powers)


@pytest.mark.parametrize(
    ("text", "factor", "powers"),
    [
        ("km", 1000, {"m": 1}),
        ("kilometres per hour", Fraction(5, 18), {"m": 1, "s": -1}),
        ("mph", Fraction(1397, 3125), {"m": 1, "s": -1}),
        ("cm^{2}", Fraction(1, 10_000), {"m": 2}),
        ("square feet", Fraction(145161, 1562500), {"m": 2}),
        ("N", 1000, {"g": 1, "m": 1, "s": -2}),
        ("kg·m/s^2", 1000, {"g": 1, "m": 1, "s": -2}),
        ("J/(mol K)", 1000, {"g": 1, "m": 2, "s": -2, "mol": -1, "K": -1}),
        ("\\text{ cm}^3", Fraction(1, 1_000_000), {"m": 3}),
        ("mL", Fraction(1, 1_000_000), {"m": 3}),
        ("^\\circ", 1, {"degree": 1}),
        ("^\\circ C", 1, {"celsius": 1}),
        ("\\%", Fraction(1, 100), {}),
        ("cents", Fraction(1, 100), {"dollar": 1}),
        ("months", Fraction(1, 12), {"year": 1}),
        ("Apples", 1, {"apple": 1}),
        ("M", 1, {"M": 1}),
        ("m/m", 1, {}),
    ],
)
def test_units_are_factors_and_powers(text: str, factor: Fraction, powers: dict[str, int]) -> None:
    assert in_bases(text) == (factor, powers)


@pytest.mark.parametrize("text", ["m/", "m//s", "5", "m+s", "m 3", "!"])
def test_what_is_no_unit_is_not_read(text: str) -> None:
    assert unit(text) is None


def test_a_quantity_is_a_number_and_its_unit() -> None:
    assert quantity("1 1/2 h") == (Fraction(3, 2), unit("hour"))
    assert quantity("-$1,200.50") == (Fraction("-1200.5"), unit("dollars"))
    assert quantity("3.5\\times10^3\\,\\text{kg}") == (3500, unit("kg"))
    assert quantity("5") == (5, None)
    assert quantity("five m") is None
    assert quantity("5 or 6 m") is None
    assert quantity("5 " + "m" * 200) is None
