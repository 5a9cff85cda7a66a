import math

import numpy as np
import pytest

from prism_engine.benchmarks.statistics import majority_share, mean, paired_difference, share


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


def test_the_majority_answer():
    assert majority_share(["2", "3", "2", "1"]) == 0.5
    assert majority_share([]) == 0.0
