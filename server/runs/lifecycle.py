"""The life of a run: every transition that is allowed, and what follows from an ended attempt."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, cast

import structlog

from prism_engine.contract.events import RETRIED_EXITS, ExitKind
from server.errors import IllegalTransition
from server.pipelines.schemas import PipelineState
from server.runs.schemas import RunState
from server.tables import Run

log = structlog.get_logger()

Outcome = Literal["succeeded", "stopped", "cancelled"] | ExitKind

RETRY_BUDGET = 3
"""Attempts that may be lost through nobody's fault before the run fails."""

TRANSITIONS: dict[RunState, frozenset[RunState]] = {
    "blocked": frozenset({"queued", "cancelled"}),
    # What waits for a worker waits for its parents again when they are restarted.
    "queued": frozenset({"claimed", "cancelled", "blocked"}),
    "claimed": frozenset({"running", "queued", "succeeded", "failed", "cancelled", "stopped"}),
    "running": frozenset({"queued", "succeeded", "failed", "cancelled", "stopped"}),
    # What is executed again is `blocked` first, and queued as soon as its parents allow it.
    "succeeded": frozenset({"blocked"}),
    "failed": frozenset({"blocked"}),
    "cancelled": frozenset({"blocked"}),
    "stopped": frozenset({"blocked"}),
}

ACTIVE: frozenset[RunState] = frozenset({"claimed", "running"})
ENDED: frozenset[RunState] = frozenset({"succeeded", "failed", "cancelled", "stopped"})


def move(run: Run, state: RunState, now: datetime) -> None:
    """Take the run to another state. Raises `IllegalTransition`."""
    if state not in TRANSITIONS[cast("RunState", run.state)]:
        raise IllegalTransition(run.name, run.state, state)
    log.info("run changes its state", run_id=run.id, former=run.state, state=state)
    run.state = state
    run.version += 1
    run.finished_at = now if state in ENDED else None
    if state == "queued":
        run.queued_at = run.queued_at or now
        run.worker_id = run.claimed_at = run.started_at = None
    if state == "blocked":
        run.desired_state = "run"
        run.retries_left = RETRY_BUDGET
        run.queued_at = run.exit_kind = run.exit_message = run.out_of_time_at = None


def end(run: Run, outcome: Outcome, message: str, now: datetime) -> None:
    """Draw the consequence of an ended attempt: an end, or another attempt by itself."""
    state = _after(run, outcome)
    if state == "queued" and outcome in RETRIED_EXITS:
        run.retries_left -= 1
    if state not in ("queued", "succeeded"):
        run.exit_kind = outcome if state == "failed" else state
        run.exit_message = message
    if state == "stopped" and run.out_of_time_at:
        run.exit_kind, run.exit_message = "out_of_time", f"{longest_time(run)} was over: {message}"
    move(run, state, now)


def longest_time(run: Run) -> str:
    """Say how long a run may take."""
    return f"Its longest time of {(run.max_seconds or 0) / 3600:g} h"


def _after(run: Run, outcome: Outcome) -> RunState:
    if outcome == "succeeded":
        return "succeeded"
    # What the user asked for decides how an attempt that ended badly meanwhile is shown.
    if run.desired_state == "cancel" or outcome == "cancelled":
        return "cancelled"
    if run.desired_state == "stop":
        return "stopped"
    if outcome == "stopped":
        # Nobody wanted the run to stop: its worker was shut down and had the engine save first.
        return "queued"
    if outcome in RETRIED_EXITS and run.retries_left > 0:
        return "queued"
    return "failed"


def pipeline_state(runs: Iterable[Run]) -> PipelineState:
    """Sum up the states of a pipeline's runs."""
    runs = list(runs)
    states = {run.state for run in runs}
    if states - ENDED:
        untouched = all(run.attempt == 0 for run in runs)
        return "queued" if untouched else "running"
    for state in ("failed", "cancelled", "stopped"):
        if state in states:
            return cast("PipelineState", state)
    return "succeeded"
