"""How far the policy's counts (steps, items per caption) are from the supervision's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from prism_engine.benchmarks.statistics import RESAMPLES
from prism_engine.contract.events import Estimate

Shares = np.ndarray
"""(…, V) float64: the share of every count from 0 to V - 1."""


def wasserstein(first: Shares, second: Shares) -> np.ndarray:
    """(…): Wasserstein-1, the mean distance that counts have to move: Σ_v |F(v) - G(v)|.

    F and G are the cumulative distributions; counts are one apart.
    """
    return np.abs(np.cumsum(first - second, axis=-1)).sum(axis=-1)


def kolmogorov_smirnov(first: Shares, second: Shares) -> np.ndarray:
    """(…): the largest difference of the cumulative distributions: max_v |F(v) - G(v)|."""
    return np.abs(np.cumsum(first - second, axis=-1)).max(axis=-1)


def distances(
    counts: Sequence[Sequence[int]], supervision: Sequence[int], seed: int = 0
) -> dict[str, Estimate]:
    """Both distances with their 95% percentile bootstrap intervals over items.

    A distance between samples is never below nothing and grows with their noise, so its interval
    leans upwards; two equal distributions of few items are some way apart.

    Args:
        counts: what each item's responses counted, one at least; every item weighs the same.
        supervision: what each item's demonstration counted, in the same order.

    Raises:
        ValueError: the items are not the same, or there are none.
    """
    if len(counts) != len(supervision) or not len(counts):
        raise ValueError("a distance needs the same items on both sides, one at least")
    values = 1 + max(*supervision, *(count for item in counts for count in item))
    policy = np.stack([_shares(item, values) for item in counts])
    shown = np.stack([_shares([count], values) for count in supervision])
    drawn = np.random.default_rng(seed).integers(len(policy), size=(RESAMPLES, len(policy)))
    weights = np.stack([np.bincount(row, minlength=len(policy)) for row in drawn]) / len(policy)
    found = {}
    for name, distance in DISTANCES.items():
        low, high = np.percentile(distance(weights @ policy, weights @ shown), [2.5, 97.5])
        value = float(distance(policy.mean(axis=0), shown.mean(axis=0)))
        found[name] = Estimate(
            value=value, low=min(low, value), high=max(high, value), n=len(policy)
        )
    return found


DISTANCES = {"wasserstein": wasserstein, "kolmogorov_smirnov": kolmogorov_smirnov}


def _shares(counts: Sequence[int], values: int) -> Shares:
    return np.bincount(counts, minlength=values) / len(counts)
