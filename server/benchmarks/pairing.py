"""Two policies on the same items: is the difference more than chance?

Everything is exact or in closed form and in whole numbers, so that a table of many arms is tested
while it is asked for.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Z_95 = 1.959963984540054


@dataclass(frozen=True)
class Paired:
    """One policy minus another over the same items, in shares of right answers."""

    items: int
    groups: int
    only_first: int
    only_second: int
    difference: float
    low: float
    high: float
    p: float


def paired(first: Sequence[int], second: Sequence[int], groups: Sequence[int]) -> Paired:
    """`first` against `second`, each 1 where an item was answered rightly and else 0.

    Items of one group depend on each other, and are taken together by the test and the interval.

    Raises:
        ValueError: the three differ in length, or there are no items.
    """
    if not first:
        raise ValueError("there are no items to compare")
    gains, sizes = Counter[int](), Counter[int]()
    for one, other, group in zip(first, second, groups, strict=True):
        gains[group] += one - other
        sizes[group] += 1
    low, high = interval([(gains[group], sizes[group]) for group in sizes])
    pairs = list(zip(first, second, strict=True))
    return Paired(
        items=len(first),
        groups=len(sizes),
        only_first=sum(one > other for one, other in pairs),
        only_second=sum(one < other for one, other in pairs),
        difference=(sum(first) - sum(second)) / len(first),
        low=low,
        high=high,
        p=sign_flip(gains.values()),
    )


def sign_flip(gains: Iterable[int]) -> float:
    """The exact two-sided randomisation test of paired gains (Fisher, 1935).

        p = |{s ∈ {-1, 1}^n : |Σ s_i g_i| ≥ |Σ g_i|}| / 2^n

    If the two policies are alike, each gain might as well be a loss of the same size. Where no gain
    is larger than 1 this is the exact test of McNemar (1947).
    """
    gains = list(gains)
    sizes = [abs(gain) for gain in gains if gain]
    total, seen = sum(sizes), abs(sum(gains))
    if seen == 0:
        return 1.0
    # A sum of signed gains is twice what counts as gained, less the total.
    tail = sum(_ways(sizes, upto=(total - seen) // 2))
    # Whole numbers are divided exactly, however many there are.
    return min(1.0, 2 * tail / (1 << len(sizes)))


def _ways(sizes: Sequence[int], upto: int) -> list[int]:
    """In how many ways some of the sizes add up to 0, 1, … `upto`."""
    if set(sizes) == {1}:
        return [math.comb(len(sizes), chosen) for chosen in range(upto + 1)]
    # The generating polynomial Π (1 + x^size) as one number: a coefficient takes `width` bits,
    # which none can fill, and a factor is a shift and a sum.
    width = 8 * (len(sizes) // 8 + 1)
    ways, cut = 1, (1 << width * (upto + 1)) - 1
    for size in sizes:
        ways = (ways + (ways << width * size)) & cut
    step = width // 8
    content = ways.to_bytes(step * (upto + 1), "little")
    return [
        int.from_bytes(content[place : place + step], "little")
        for place in range(0, len(content), step)
    ]


def interval(groups: Sequence[tuple[int, int]]) -> tuple[float, float]:
    """The 95% interval of Bonett and Price (2012) for a difference of paired shares.

        d ± z √(Σ_g (G_g - d N_g)² / N²),  d = Σ G_g / N

    over the groups and two items more, a gain and a loss, without which an interval of few items,
    or of policies that never differ, would be far too narrow. With one item to a group this is
    their formula; sums over groups are what makes it hold for items that depend on each other.

    Args:
        groups: gain and number of items of every group.
    """
    adjusted = [*groups, (1, 1), (-1, 1)]
    items = sum(size for _, size in adjusted)
    centre = sum(gain for gain, _ in adjusted) / items
    spread = math.sqrt(sum((gain - centre * size) ** 2 for gain, size in adjusted))
    margin = Z_95 * spread / items
    return max(-1.0, centre - margin), min(1.0, centre + margin)
