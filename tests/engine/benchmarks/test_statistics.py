import math

import numpy as np
import pytest

from prism_engine.benchmarks.statistics import (
    PAPER_SUITE,
    auc,
    majority_share,
    mean,
    paired_difference,
    ratio,
    share,
    suite_average,
)


def test_a_share_has_wilsons_interval():
    # Wilson's interval for 35 of 100 by hand: (.35 + .0192073) / 1.0384146 -+ .0918...
    estimate = share(35, 100)
    assert estimate.value == 0.35
    assert (estimate.low, estimate.high) == (
        pytest.approx(0.26364, 1e-4),
        pytest.approx(0.44749, 1e-4),
    )
    assert estimate.n == 100


def test_shares_of_none_and_all_stay_within_bounds():
    assert (share(0, 10).low, share(0, 10).high) == (0.0, pytest.approx(0.27753, 1e-4))
    assert (share(10, 10).low, share(10, 10).high) == (pytest.approx(0.72247, 1e-4), 1.0)
    with pytest.raises(ValueError, match="at least one"):
        share(0, 0)


def test_a_mean_has_a_bootstrap_interval_near_the_normal_one():
    values = np.random.default_rng(1).random(400)
    estimate = mean(values)
    margin = 1.96 * values.std() / math.sqrt(400)
    assert estimate.value == pytest.approx(values.mean())
    assert estimate.low == pytest.approx(values.mean() - margin, abs=0.003)
    assert estimate.high == pytest.approx(values.mean() + margin, abs=0.003)
    assert mean(values) == estimate


def test_a_mean_of_equal_values_is_certain():
    estimate = mean([0.5] * 10)
    assert (estimate.low, estimate.value, estimate.high, estimate.n) == (0.5, 0.5, 0.5, 10)


def test_paired_differences_by_hand():
    # Differences 1, 0, 1, 0: mean .5, deviation .57735, standard error .288675, z 1.73205.
    difference = paired_difference([1, 1, 1, 0], [0, 1, 0, 0])
    assert difference.value == 0.5
    assert difference.standard_error == pytest.approx(0.288675, 1e-5)
    assert difference.standard_errors == pytest.approx(1.732051, 1e-6)
    assert difference.p == pytest.approx(0.083265, 1e-4)


def test_equal_sides_differ_by_nothing():
    difference = paired_difference([1, 0], [1, 0])
    assert (difference.value, difference.standard_errors, difference.p) == (0.0, 0.0, 1.0)
    with pytest.raises(ValueError, match="same items"):
        paired_difference([1, 0], [1])


def test_the_area_under_the_curve_by_hand():
    # Of 3 * 2 comparisons 3 against 1: won; 3 against 2: won; 2: won, tied; 1: tied, lost.
    assert auc([3, 2, 1], [1, 2]) == (1 + 1 + 1 + 0.5 + 0.5 + 0) / 6
    assert auc([2, 3], [0, 1]) == 1
    assert auc([0, 1], [2, 3]) == 0
    with pytest.raises(ValueError, match="at least one"):
        auc([], [1])


def test_scores_that_say_nothing_have_an_area_of_one_half():
    assert auc([1.0] * 5, [1.0] * 7) == 0.5
    drawn = np.random.default_rng(0).normal(size=(2, 4000))
    assert auc(*drawn) == pytest.approx(0.5, abs=0.02)


def test_the_majority_answer():
    assert majority_share(["2", "3", "2", "1"]) == 0.5
    assert majority_share([]) == 0.0


PUBLISHED = {
    # arXiv 2604.28123, table 1: 4B, then 8B.
    "4B Instruct": (74.9, 59.0, 36.5, 70.7, 63.6, 45.1, 68.2, 59.7),
    "4B SFT": (71.5, 58.4, 31.9, 70.6, 53.6, 42.8, 69.1, 56.8),
    "4B SFT, GRPO": (75.7, 64.5, 35.5, 77.8, 60.1, 47.3, 72.0, 61.8),
    "4B SFT, DAPO": (74.3, 65.1, 42.7, 77.2, 62.5, 48.0, 72.3, 63.2),
    "4B SFT, GSPO": (75.2, 64.0, 37.5, 78.4, 58.7, 45.6, 71.9, 61.6),
    "4B PRISM": (71.0, 59.5, 30.6, 67.5, 56.3, 42.8, 72.6, 57.2),
    "4B PRISM, GRPO": (77.9, 68.6, 45.4, 82.9, 64.1, 49.7, 74.8, 66.2),
    "4B PRISM, DAPO": (77.8, 68.2, 46.7, 83.9, 64.1, 50.4, 72.9, 66.3),
    "4B PRISM, GSPO": (77.5, 66.6, 46.7, 82.3, 63.2, 51.1, 72.9, 65.8),
    "8B Instruct": (76.0, 62.4, 43.7, 71.7, 65.6, 52.3, 71.6, 63.3),
    "8B SFT": (70.2, 60.4, 32.6, 73.4, 56.3, 42.9, 71.2, 58.1),
    "8B SFT, GRPO": (75.9, 66.9, 37.1, 79.7, 62.6, 48.8, 71.9, 63.3),
    "8B SFT, DAPO": (77.0, 69.8, 41.5, 84.3, 63.0, 49.0, 71.5, 65.2),
    "8B SFT, GSPO": (75.9, 65.5, 41.1, 80.8, 58.2, 47.8, 73.6, 63.3),
    "8B PRISM": (71.4, 62.2, 37.1, 73.1, 58.4, 43.4, 69.5, 59.3),
    "8B PRISM, GRPO": (78.3, 71.3, 52.0, 86.4, 66.6, 53.3, 77.2, 69.3),
    "8B PRISM, DAPO": (78.2, 70.9, 52.0, 86.2, 66.2, 52.4, 76.1, 68.9),
    "8B PRISM, GSPO": (77.9, 71.5, 51.6, 85.9, 65.2, 52.7, 75.8, 68.7),
    # Table 2, the rows that table 1 does not have.
    "dense discriminator": (74.6, 63.7, 41.8, 76.9, 61.3, 47.1, 74.0, 62.8),
    "text-only discriminator": (74.0, 59.5, 42.8, 76.8, 62.7, 48.5, 71.6, 62.3),
    "without SFT": (62.4, 47.6, 25.9, 55.7, 51.4, 36.5, 66.1, 49.4),
    "SFT on 107K": (72.3, 67.0, 43.1, 76.9, 60.6, 49.0, 68.3, 62.5),
}


@pytest.mark.parametrize("row", PUBLISHED)
def test_the_papers_averages_are_plain_means_of_seven(row: str) -> None:
    *columns, average = PUBLISHED[row]

    found = suite_average(dict(zip(PAPER_SUITE, columns, strict=True)), PAPER_SUITE)

    assert len(PUBLISHED) == 22
    assert round(found, 1) == average


def test_a_suite_with_a_gap_has_no_average() -> None:
    assert suite_average({"MathVista": 70.0}, PAPER_SUITE) is None


def test_a_ratio_of_sums_is_not_the_mean_of_ratios():
    estimate = ratio([1, 0], [1, 3])
    assert (estimate.value, estimate.n) == (0.25, 4)
    # Resamples are (1, 1), (1, 0) and (0, 0): shares of 1, 1/4 and 0.
    assert (estimate.low, estimate.high) == (0.0, 1.0)


def test_what_depends_on_each_other_widens_the_interval_of_a_ratio():
    right = np.random.default_rng(0).integers(0, 2, 60)
    alone, fivefold = ratio(right, [1] * 60), ratio(5 * right, [5] * 60)
    assert alone.value == fivefold.value
    assert (alone.low, alone.high) == (fivefold.low, fivefold.high)
    assert (alone.n, fivefold.n) == (60, 300)
    assert share(5 * right.sum(), 300).high - fivefold.value < fivefold.high - fivefold.value


def test_a_ratio_to_nothing_is_none():
    assert ratio([0, 0], [0, 0]) is None
    assert ratio([], []) is None
    # Resamples in which nothing is counted are left out.
    assert ratio([1, 0], [1, 0]).low == 1.0
