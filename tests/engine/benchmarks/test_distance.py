from __future__ import annotations

import numpy as np
import pytest

from prism_engine.benchmarks.distance import distances, kolmogorov_smirnov, wasserstein


def shares(*counts: int) -> np.ndarray:
    return np.bincount(counts, minlength=8) / len(counts)


def test_distances_by_hand() -> None:
    # From {1, 1, 2, 4} to {2, 2, 3, 5} every count moves by one.
    assert wasserstein(shares(1, 1, 2, 4), shares(2, 2, 3, 5)) == pytest.approx(1)
    # Cumulative shares: .5 .75 .75 1 1 and 0 .5 .75 .75 1 at 1, 2, 3, 4, 5.
    assert kolmogorov_smirnov(shares(1, 1, 2, 4), shares(2, 2, 3, 5)) == pytest.approx(0.5)
    assert wasserstein(shares(3), shares(7)) == 4
    assert kolmogorov_smirnov(shares(3), shares(7)) == 1
    assert wasserstein(shares(1, 2), shares(2, 1)) == 0


def test_wasserstein_is_the_mean_distance_of_sorted_counts() -> None:
    random = np.random.default_rng(0)
    first, second = random.integers(0, 8, (2, 200))

    assert wasserstein(shares(*first), shares(*second)) == pytest.approx(
        np.abs(np.sort(first) - np.sort(second)).mean()
    )


def test_distances_have_intervals_over_items() -> None:
    random = np.random.default_rng(1)
    supervision = random.integers(3, 7, 300)
    # Of two responses to an item one counts at least one more, the other at least two.
    counts = [
        [n + 1 + more, n + 2 + more] for n, more in zip(supervision, [0, 1] * 150, strict=True)
    ]

    found = distances(counts, supervision)

    assert found["wasserstein"].value == pytest.approx(2)
    assert 1.8 < found["wasserstein"].low < 2 < found["wasserstein"].high < 2.2
    assert 0 < found["kolmogorov_smirnov"].low <= found["kolmogorov_smirnov"].value < 1
    assert found["wasserstein"].n == 300
    assert distances(counts, supervision) == found


def test_the_same_counts_are_no_distance_apart() -> None:
    assert distances([[3], [5]], [3, 5])["wasserstein"].high == 0


@pytest.mark.parametrize(("counts", "supervision"), [([[1]], [1, 2]), ([], [])])
def test_distances_need_the_same_items(counts: list, supervision: list) -> None:
    with pytest.raises(ValueError, match="same items"):
        distances(counts, supervision)
