"""How fast a run goes on."""

from __future__ import annotations

from server.tables import Attempt, Run


def seconds_a_step(run: Run, attempt: Attempt | None) -> float | None:
    """The mean of the present attempt; None before its first step."""
    if attempt is None or attempt.first_step is None:
        return None
    if attempt.started_at is None or attempt.stepped_at is None:
        return None
    done = run.step - attempt.first_step + 1
    spent = (attempt.stepped_at - attempt.started_at).total_seconds()
    return spent / done if done > 0 else None


def seconds_left(run: Run, attempt: Attempt | None) -> float | None:
    """By the mean pace of the present attempt."""
    pace = seconds_a_step(run, attempt)
    if pace is None or run.steps is None:
        return None
    return max(0.0, pace * (run.steps - run.step))
