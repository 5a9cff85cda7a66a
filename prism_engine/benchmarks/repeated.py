"""Several samples of one item: unbiased estimates of what a number of tries is worth."""

from __future__ import annotations

import math
from collections.abc import Sequence


def pass_at(k: int, right: Sequence[bool]) -> float:
    """How likely at least one of k samples is right, from n ≥ k samples of which c are.

        1 - C(n - c, k) / C(n, k)

    It is unbiased (Chen et al., arXiv 2107.03374, equation 1), which 1 - (1 - c/n)^k is not.

    Raises:
        ValueError: there are fewer than k samples.
    """
    if not 1 <= k <= len(right):
        raise ValueError(f"pass@{k} needs at least {k} samples, and there are {len(right)}")
    wrong = len(right) - sum(right)
    return 1 - math.comb(wrong, k) / math.comb(len(right), k)
