from __future__ import annotations

from fractions import Fraction

import pytest

from prism_engine.data.spelling.interval import INFINITY, Interval, intervals

HALF_OPEN = Interval(Fraction(1), Fraction(2), low_closed=True, high_closed=False)
POSITIVE = Interval(Fraction(0), INFINITY, low_closed=False, high_closed=False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[1, 2)", [HALF_OPEN]),
        ("1 ≤ x < 2", [HALF_OPEN]),
        ("2 > x \\ge 1", [HALF_OPEN]),
        ("x \\in [1, 2)", [HALF_OPEN]),
        ("[1, 3/2] ∪ (1.5, 2)", [HALF_OPEN]),
        ("(3/2, 2) \\cup [1, 2)", [HALF_OPEN]),
        ("x > 0", [POSITIVE]),
        ("0 < x", [POSITIVE]),
        ("(0, +\\infty)", [POSITIVE]),
        ("(0, 1) ∪ [1, ∞)", [POSITIVE]),
        ("\\mathbb{R}", [Interval(INFINITY, INFINITY, False, False)]),
        ("(-∞, 1) ∪ (0, ∞)", [Interval(INFINITY, INFINITY, False, False)]),
        ("(0, √2]", [Interval(Fraction(0), "√2", False, True)]),
        ("[2, 2]", [Interval(Fraction(2), Fraction(2), True, True)]),
        (
            "x < 0 or x > 3",
            [
                Interval(INFINITY, Fraction(0), False, False),
                Interval(Fraction(3), INFINITY, False, False),
            ],
        ),
        ("(2, 1)", None),
        ("(1, 1)", None),
        ("[0, ∞]", None),
        ("(∞, 0)", None),
        ("(0, -∞)", None),
        ("1 < x > 2", None),
        ("1 < 2", None),
        ("(1, 2", None),
        ("", None),
    ],
)
def test_intervals_in_all_notations(text: str, expected: list[Interval] | None) -> None:
    assert intervals(text) == expected


def test_intervals_that_only_meet_at_a_missing_point_stay_apart() -> None:
    assert len(intervals("(0, 1) ∪ (1, 2)") or []) == 2
