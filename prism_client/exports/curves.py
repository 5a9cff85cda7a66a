"""Every step of a run with its moment, later attempts in the place of what they replaced."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from prism_client.client import Client


class Step(NamedTuple):
    """The numbers of one finished step."""

    step: int
    attempt: int
    at: datetime
    metrics: Mapping[str, float]


def steps_of(client: Client, run_id: str) -> list[Step]:
    """Return the steps that count, in order."""
    by_attempt = defaultdict[int, dict[int, Step]](dict)
    for stored in client.events(run_id, source="engine"):
        event = stored.event
        if event["type"] == "step_finished":
            moment = datetime.fromisoformat(event["at"])
            step = Step(event["step"], stored.attempt, moment, event["metrics"])
            by_attempt[stored.attempt][step.step] = step
    kept: dict[int, Step] = {}
    for _, steps in sorted(by_attempt.items()):
        first = min(steps)
        kept = {number: step for number, step in kept.items() if number < first} | steps
    return [kept[number] for number in sorted(kept)]
