"""How long to wait before trying again."""

from __future__ import annotations

import random
from collections.abc import Iterator


def waits(first: float, longest: float) -> Iterator[float]:
    """Seconds to wait before each further try: doubling up to `longest`, each a little shortened.

    The shortening keeps many workers, all cut off by one outage, from coming back in step.
    """
    wait = first
    while True:
        yield wait * random.uniform(0.75, 1.0)  # noqa: S311 (no secret depends on it)
        wait = min(wait * 2, longest)
