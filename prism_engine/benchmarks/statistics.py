"""Numbers with what they are worth."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from prism_engine.contract.events import Estimate

Z_95 = 1.959963984540054
RESAMPLES = 2000

PAPER_SUITE = (
    "MathVista", "MathVerse", "MathVision", "WeMath", "MMMU", "MMMU-Pro", "HallusionBench",
)  # fmt: skip
"""The benchmarks over which PRISM's tables average (arXiv 2604.28123, tables 1 and 2)."""


def share(successes: int, n: int) -> Estimate:
    """A share of independent yes-or-no items with its 95% score interval (Wilson, 1927).

        (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n)

    Raises:
        ValueError: there are no items.
    """
    if n < 1:
        raise ValueError("a share needs at least one item")
    p, z2 = successes / n, Z_95**2
    centre = p + z2 / (2 * n)
    margin = Z_95 * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    low, high = (centre - margin) / (1 + z2 / n), (centre + margin) / (1 + z2 / n)
    return Estimate(value=p, low=max(0.0, min(low, p)), high=min(1.0, max(high, p)), n=n)


def mean(values: Sequence[float], seed: int = 0) -> Estimate:
    """A mean over items with its 95% percentile bootstrap interval (Efron, 1979).

    An item is the unit: values that belong to one item are averaged before.

    Raises:
        ValueError: there are no values.
    """
    if not len(values):
        raise ValueError("a mean needs at least one value")
    sample = np.asarray(values, dtype=np.float64)
    chosen = np.random.default_rng(seed).integers(len(sample), size=(RESAMPLES, len(sample)))
    low, high = np.percentile(sample[chosen].mean(axis=1), [2.5, 97.5])
    return Estimate(value=sample.mean(), low=low, high=high, n=len(sample))


def ratio(
    numerators: Sequence[float], denominators: Sequence[float], seed: int = 0
) -> Estimate | None:
    """A ratio of two sums over groups, with its 95% percentile bootstrap interval over groups.

        Σ numerators / Σ denominators

    Items that depend on each other, such as the versions of one problem, are one group and are
    drawn again together. `n` is what the denominators sum up to. None if that is nothing; a
    resample in which it is nothing says nothing.
    """
    sums = np.stack([numerators, denominators]).astype(np.float64)  # (2, groups)
    over, under = sums.sum(axis=1).tolist()
    if under == 0:
        return None
    chosen = np.random.default_rng(seed).integers(sums.shape[1], size=(RESAMPLES, sums.shape[1]))
    drawn = sums[:, chosen].sum(axis=2)
    some = drawn[1] > 0
    low, high = np.percentile(drawn[0][some] / drawn[1][some], [2.5, 97.5])
    return Estimate(value=over / under, low=low, high=high, n=round(under))


@dataclass(frozen=True)
class Difference:
    """Mean of paired differences, its standard error, and how likely chance alone is."""

    value: float
    standard_error: float
    p: float

    @property
    def standard_errors(self) -> float:
        """How many standard errors the difference is away from nothing."""
        if self.standard_error == 0:
            return math.copysign(math.inf, self.value) if self.value else 0.0
        return self.value / self.standard_error


def paired_difference(first: Sequence[float], second: Sequence[float]) -> Difference:
    """`first` minus `second` over the same items, with a two-sided normal test.

    Raises:
        ValueError: the sequences differ in length, or have fewer than two items.
    """
    if len(first) != len(second) or len(first) < 2:
        raise ValueError("a paired test needs the same items on both sides, two at least")
    differences = np.asarray(first, dtype=np.float64) - np.asarray(second, dtype=np.float64)
    value = float(differences.mean())
    error = float(differences.std(ddof=1) / math.sqrt(len(differences)))
    if error == 0:
        return Difference(value, 0.0, p=float(value == 0))
    return Difference(value, error, p=math.erfc(abs(value / error) / math.sqrt(2)))


def suite_average(scores: Mapping[str, float], suite: Sequence[str]) -> float | None:
    """The plain mean over the benchmarks of a suite; None unless every one was scored."""
    if any(benchmark not in scores for benchmark in suite):
        return None
    return fmean(scores[benchmark] for benchmark in suite)


def auc(higher: Sequence[float], lower: Sequence[float]) -> float:
    """How likely one of `higher` exceeds one of `lower`; a tie counts half (Mann, Whitney, 1947).

    The area under the curve of true against false positives. It compares every one with every
    other, and so asks more than that the right one of each pair scores higher.

    Raises:
        ValueError: one of them is empty.
    """
    if not len(higher) or not len(lower):
        raise ValueError("both sides need at least one value")
    ordered = np.sort(np.asarray(lower, dtype=np.float64))
    below = np.searchsorted(ordered, higher, side="left")
    up_to = np.searchsorted(ordered, higher, side="right")
    return float((below + up_to).mean() / (2 * len(ordered)))


def majority_share(golds: Sequence[Hashable]) -> float:
    """Accuracy of always giving the most common gold answer."""
    return Counter(golds).most_common(1)[0][1] / len(golds) if golds else 0.0
