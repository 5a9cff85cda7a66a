"""A median with how far the figures lay apart."""

from __future__ import annotations

import statistics
from collections.abc import Sequence


def spread(figures: Sequence[float], digits: int = 2) -> dict[str, float]:
    """Return median, least and most."""
    return {
        "median": round(statistics.median(figures), digits),
        "min": round(min(figures), digits),
        "max": round(max(figures), digits),
    }


def percentile(figures: Sequence[float], share: float) -> float:
    """Return the smallest figure that so large a share does not exceed."""
    ordered = sorted(figures)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
