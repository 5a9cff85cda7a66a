from __future__ import annotations

import itertools
import random
import time

import pytest

from prism_engine.benchmarks.pairing import mcnemar, paired_bootstrap
from server.benchmarks.pairing import interval, paired, sign_flip


def draw(n: int, seed: int, better: float = 0.1) -> tuple[list[int], list[int]]:
    chance = random.Random(seed)
    second = [int(chance.random() < 0.5) for _ in range(n)]
    return [int(right or chance.random() < better) for right in second], second


@pytest.mark.parametrize("n", [1, 7, 50, 3000])
def test_with_an_item_to_a_group_it_is_the_exact_test_of_mcnemar(n: int) -> None:
    for seed in range(10):
        first, second = draw(n, seed)
        random.Random(seed).shuffle(first)
        found = paired(first, second, range(n))
        known = mcnemar([*map(bool, first)], [*map(bool, second)])
        assert found.p == pytest.approx(known.p, abs=1e-12)
        assert (found.only_first, found.only_second) == (known.only_first, known.only_second)


def test_five_against_one_by_hand() -> None:
    # Six discordant items: 2 (C(6, 0) + C(6, 1)) / 2^6 = 14/64.
    found = paired([1, 1, 1, 1, 1, 0, 1, 0], [0, 0, 0, 0, 0, 1, 1, 0], range(8))
    assert (found.p, found.difference) == (14 / 64, 0.5)


def test_groups_are_flipped_as_a_whole() -> None:
    chance = random.Random(4)
    for _ in range(30):
        gains = [chance.randint(-3, 4) for _ in range(9)]
        signs = itertools.product((-1, 1), repeat=9)
        sums = [abs(sum(s * g for s, g in zip(sign, gains, strict=True))) for sign in signs]
        expected = sum(each >= abs(sum(gains)) for each in sums) / len(sums)
        assert sign_flip(gains) == pytest.approx(expected, abs=1e-12)


def test_versions_of_one_problem_say_less_than_as_many_problems() -> None:
    first, second = [1] * 10 + [0] * 10, [0] * 20
    alone = paired(first, second, range(20))
    together = paired(first, second, [item // 5 for item in range(20)])
    assert (alone.p, together.p) == (2 / 2**10, 2 / 2**2)
    assert together.groups == 4
    assert together.high - together.low > alone.high - alone.low


def test_the_interval_is_that_of_bonett_and_price() -> None:
    # n = 50 with b = 8 and c = 2: d = 6/52, and the root of (12/52 - d^2) / 52.
    gains = [1] * 8 + [-1] * 2 + [0] * 40
    d = 6 / 52
    margin = 1.959963984540054 * ((12 / 52 - d**2) / 52) ** 0.5
    assert interval([(gain, 1) for gain in gains]) == pytest.approx((d - margin, d + margin))


def test_the_interval_of_many_groups_is_the_bootstrap_s() -> None:
    first, second = draw(2000, 3)
    groups = [item // 4 for item in range(2000)]
    found, known = paired(first, second, groups), paired_bootstrap(first, second, groups)
    assert found.difference == pytest.approx(known.difference.value, abs=1e-12)
    assert found.low == pytest.approx(known.difference.low, abs=0.003)
    assert found.high == pytest.approx(known.difference.high, abs=0.003)


def test_policies_that_never_differ_are_not_known_to_be_equal() -> None:
    found = paired([1, 0, 1], [1, 0, 1], range(3))
    assert (found.p, found.difference) == (1.0, 0.0)
    assert found.low == -found.high < -0.4


def test_nothing_is_compared_without_items() -> None:
    with pytest.raises(ValueError, match="no items"):
        paired([], [], [])


def test_the_largest_benchmark_takes_a_moment() -> None:
    first, second = draw(3940, 1, better=0.3)
    began = time.process_time()
    paired(first, second, [item // 5 for item in range(3940)])
    assert time.process_time() - began < 2
