from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.cost import BEGIN, END, Point, fitted, not_negative, predicted, slopes, write_page

COST = {"step": 0.02, "read": 1e-4, "look": 1e-7, "place": 1e-3, "token": 2e-5, "see": 1e-8}


def point(side: int, prompt: int, tokens: int, group: int) -> Point:
    """As long as `COST` says."""
    bare = Point(side, prompt, tokens, group, 0.0, 0.0)
    seconds, naive = (
        sum(cost * term for cost, term in zip(COST.values(), bare.terms(readings), strict=True))
        for readings in (1, group)
    )
    return Point(side, prompt, tokens, group, seconds, naive)


POINTS = [
    point(side, prompt, tokens, group)
    for side, prompt in ((48, 100), (224, 150), (1024, 1100))
    for tokens in (8, 32, 128)
    for group in (4, 8, 32)
]


def test_a_prompt_is_read_once_or_once_for_each_rollout() -> None:
    assert POINTS[0].terms(1) == [1, 100, 10_000, 8, 32, 32 * 104]
    assert POINTS[0].terms(4) == [1, 400, 40_000, 8, 32, 32 * 104]


def test_coefficients_are_found_again() -> None:
    ours = fitted([p.terms(1) for p in POINTS], [p.seconds for p in POINTS])
    naive = fitted([p.terms(p.group) for p in POINTS], [p.naive_seconds for p in POINTS])

    assert ours["seconds"] == pytest.approx(COST, rel=1e-3)
    assert naive["seconds"] == pytest.approx(COST, rel=1e-3)
    assert ours["largest_error"] == naive["largest_error"] == 0
    assert predicted(ours, POINTS[5].terms(1)) == pytest.approx(POINTS[5].seconds, rel=1e-3)


def test_no_coefficient_is_negative() -> None:
    matrix = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]])

    assert not_negative(matrix, np.array([1.0, 2.0, 3.0])).tolist() == pytest.approx([1, 1])
    assert not_negative(matrix, np.array([3.0, 2.0, 1.0])).tolist() == pytest.approx([2, 0])


def test_one_more_rollout_reads_no_prompt_again() -> None:
    line = [point(224, 150, 32, group) for group in (4, 8, 16, 32)]
    apart = 150 * COST["read"] + 150**2 * COST["look"]
    written = 32 * COST["token"] + 32 * (150 + 16) * COST["see"]

    assert slopes(line) == {
        "ours": pytest.approx(written, abs=1e-5),
        "naive": pytest.approx(written + apart, abs=1e-5),
        "ratio": pytest.approx((written + apart) / written, abs=0.01),
    }


def test_figures_of_the_documentation_are_replaced(tmp_path: Path) -> None:
    page = tmp_path / "cost.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    fit = {"seconds": COST, "median_error": 0.05}
    slope = {"ours": 0.002, "naive": 0.026, "ratio": 13.0}
    for _ in range(2):
        write_page({"ours": fit, "naive": fit, "seconds_per_rollout": slope}, "a processor", page)

    lines = page.read_text().splitlines()
    assert (lines[0], lines[1], lines[-2], lines[-1]) == ("before", BEGIN, END, "after")
    assert "| `place` | 0.001 | 0.001 |" in lines
    assert "| one more rollout at 224 px, 32 tokens | 0.002 | 0.026 |" in lines
    assert "| median error | 5.0% | 5.0% |" in lines
