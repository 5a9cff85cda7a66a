"""Whether a worker is there."""

from __future__ import annotations

from datetime import datetime, timedelta

from server.settings import Settings
from server.tables import Worker

LONGEST_POLL = timedelta(seconds=40)
"""An idle worker is heard of when its long poll begins, so it may be silent for that long."""


def hear(worker: Worker, now: datetime, settings: Settings) -> None:
    """Note that a worker was heard of."""
    worker.seen_at = now
    worker.online_until = now + max(timedelta(seconds=settings.lease_seconds), LONGEST_POLL)


def is_online(worker: Worker, now: datetime) -> bool:
    """Whether a worker was heard of lately."""
    return worker.online_until is not None and worker.online_until > now
