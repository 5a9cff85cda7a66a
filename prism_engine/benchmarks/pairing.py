"""Two checkpoints on the same items: is the difference more than chance?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from prism_engine.benchmarks.statistics import RESAMPLES
from prism_engine.contract.events import Estimate


@dataclass(frozen=True)
class McNemar:
    """Items that only one of two checkpoints answers rightly, and how likely chance alone is."""

    only_first: int
    only_second: int
    p: float


def mcnemar(first: Sequence[bool], second: Sequence[bool]) -> McNemar:
    """The exact two-sided test of McNemar (1947) on paired right and wrong answers.

        p = min(1, 2 · Σ_{i ≤ min(b, c)} C(b + c, i) / 2^(b + c))

    with b and c the items that only the first and only the second answers rightly. Items on which
    both agree say nothing.

    Raises:
        ValueError: the sequences differ in length.
    """
    pairs = list(zip(first, second, strict=True))
    only_first = sum(a and not b for a, b in pairs)
    only_second = sum(b and not a for a, b in pairs)
    n, fewer = only_first + only_second, min(only_first, only_second)
    tail = sum(math.comb(n, i) for i in range(fewer + 1))
    # Integers are divided exactly, however many items there are.
    return McNemar(only_first, only_second, p=min(1.0, 2 * tail / 2**n))


@dataclass(frozen=True)
class PairedBootstrap:
    """The mean difference with its 95% interval, and how likely chance alone is."""

    difference: Estimate
    p: float


def paired_bootstrap(
    first: Sequence[float],
    second: Sequence[float],
    groups: Sequence[object] | None = None,
    seed: int = 0,
) -> PairedBootstrap:
    """Mean of `first` minus `second` over the same items, which are drawn again with replacement.

    The interval is that of percentiles (Efron, 1979); p is twice the smaller share of resamples
    whose difference is not above, or not below, nothing, and at least what so many resamples can
    tell. Items that depend on each other, such as the versions of one problem, share a group and
    are drawn together.

    Raises:
        ValueError: the sequences differ in length, or are empty.
    """
    differences = np.subtract(first, second, dtype=np.float64) if len(first) == len(second) else []
    if not len(differences):
        raise ValueError("a paired bootstrap needs the same items on both sides, one at least")
    members = np.unique(range(len(differences)) if groups is None else groups, return_inverse=True)
    sums = np.bincount(members[1], weights=differences)
    sizes = np.bincount(members[1])
    drawn = np.random.default_rng(seed).integers(len(sums), size=(RESAMPLES, len(sums)))
    resampled = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    low, high = np.percentile(resampled, [2.5, 97.5])
    opposite = min((resampled <= 0).mean(), (resampled >= 0).mean())
    return PairedBootstrap(
        Estimate(value=differences.mean(), low=low, high=high, n=len(differences)),
        p=float(min(1.0, max(2 * opposite, 1 / RESAMPLES))),
    )
