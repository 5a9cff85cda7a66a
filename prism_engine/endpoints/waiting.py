"""How long to wait before a request is tried again."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

FIRST_WAIT = 0.5
LONGEST_WAIT = 60.0


def wait_before(attempt: int, asked_for: float | None, first: float = FIRST_WAIT) -> float:
    """Seconds before attempt 1, 2, 3 … after the first one, 0.

        uniform(0, min(60, first · 2^(attempt - 1))), but never less than the server asked for

    Full jitter: of many clients that were turned away at once, none come back at once.
    """
    longest = min(LONGEST_WAIT, first * 2 ** (attempt - 1))
    return max(random.uniform(0, longest), asked_for or 0.0)  # noqa: S311 (no secret depends on it)


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds that a server asks to wait, as a number or as a date; None if it does not say."""
    said = headers.get("retry-after")
    if said is None:
        return None
    try:
        return max(0.0, float(said))
    except ValueError:
        pass
    try:
        until = parsedate_to_datetime(said)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - (now or datetime.now(UTC))).total_seconds())
