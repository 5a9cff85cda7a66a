from __future__ import annotations

import numpy as np
import pytest

from prism_engine.benchmarks.pairing import McNemar, mcnemar, paired_bootstrap


def outcomes(both: int, only_first: int, only_second: int, neither: int) -> tuple[list, list]:
    first = [True] * (both + only_first) + [False] * (only_second + neither)
    second = [True] * both + [False] * only_first + [True] * only_second + [False] * neither
    return first, second


def test_mcnemars_exact_test_by_hand() -> None:
    # Of six items that differ one favours the second: p = 2 (C(6,0) + C(6,1)) / 2^6 = 14/64.
    assert mcnemar(*outcomes(10, 5, 1, 3)) == McNemar(5, 1, 14 / 64)
    # A coin that falls 2 to 2 says nothing, and neither does none.
    assert mcnemar(*outcomes(1, 2, 2, 1)).p == 1
    assert mcnemar(*outcomes(4, 0, 0, 4)).p == 1
    assert mcnemar(*outcomes(0, 10, 0, 0)).p == 2 / 2**10


def test_mcnemars_test_is_exact_for_thousands_of_items() -> None:
    found = mcnemar(*outcomes(2000, 400, 300, 1000))

    # The normal approximation with continuity correction: z = 99 / √700.
    assert found.p == pytest.approx(0.000183, abs=2e-5)
    assert mcnemar(*outcomes(0, 3000, 3000, 0)).p == 1


def test_a_paired_bootstrap_agrees_with_the_normal_interval() -> None:
    random = np.random.default_rng(3)
    second = random.random(500)
    first = second + random.normal(0.1, 0.5, 500)
    margin = 1.96 * (first - second).std() / 500**0.5

    found = paired_bootstrap(first, second)

    assert found.difference.value == pytest.approx((first - second).mean())
    assert found.difference.low == pytest.approx(found.difference.value - margin, abs=0.006)
    assert found.difference.high == pytest.approx(found.difference.value + margin, abs=0.006)
    assert found.p < 0.01
    assert paired_bootstrap(first, second) == found


def test_equal_sides_are_no_different() -> None:
    found = paired_bootstrap([1, 0, 1], [1, 0, 1])

    assert (found.difference.low, found.difference.value, found.difference.high) == (0, 0, 0)
    assert found.p == 1


def test_items_of_a_group_are_drawn_together() -> None:
    """Five copies of every item are no more evidence than one."""
    random = np.random.default_rng(4)
    first, second = random.random(40), random.random(40)
    alone = paired_bootstrap(first, second)
    copied = paired_bootstrap(np.repeat(first, 5), np.repeat(second, 5), np.repeat(range(40), 5))
    mistaken = paired_bootstrap(np.repeat(first, 5), np.repeat(second, 5))

    assert copied.difference.low == pytest.approx(alone.difference.low)
    assert copied.difference.high == pytest.approx(alone.difference.high)
    assert mistaken.difference.high < copied.difference.high


@pytest.mark.parametrize(("first", "second"), [([1], [1, 0]), ([], [])])
def test_both_sides_need_the_same_items(first: list[int], second: list[int]) -> None:
    with pytest.raises(ValueError, match="same items"):
        paired_bootstrap(first, second)


def test_mcnemars_test_needs_the_same_items() -> None:
    with pytest.raises(ValueError, match="shorter"):
        mcnemar([True, False], [True])
