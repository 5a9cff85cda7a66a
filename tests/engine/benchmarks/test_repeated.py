from __future__ import annotations

from itertools import combinations
from statistics import fmean

import pytest

from prism_engine.benchmarks.repeated import pass_at


@pytest.mark.parametrize("k", [1, 2, 3, 5])
@pytest.mark.parametrize("right", [0, 1, 2, 4, 5])
def test_the_estimates_are_the_means_over_all_ways_to_choose(k: int, right: int) -> None:
    samples = [True] * right + [False] * (5 - right)
    chosen = list(combinations(samples, k))

    assert pass_at(k, samples) == pytest.approx(fmean(any(some) for some in chosen))


def test_fewer_samples_than_tries_estimate_nothing() -> None:
    with pytest.raises(ValueError, match="pass@4 needs at least 4 samples, and there are 3"):
        pass_at(4, [True] * 3)
    with pytest.raises(ValueError, match="pass@0"):
        pass_at(0, [True])
