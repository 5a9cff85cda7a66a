from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from server.errors import IllegalTransition
from server.runs.lifecycle import ENDED, TRANSITIONS, end, move, pipeline_state
from server.runs.schemas import RunState
from server.tables import Run

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def run(state: str, **columns: Any) -> Run:
    defaults = {
        "name": "sft",
        "version": 1,
        "attempt": 1,
        "retries_left": 3,
        "desired_state": "run",
    }
    return Run(state=state, **(defaults | columns))


@pytest.mark.parametrize("state", get_args(RunState))
@pytest.mark.parametrize("wanted", get_args(RunState))
def test_only_what_the_table_allows_happens(state: RunState, wanted: RunState) -> None:
    moved = run(state)
    if wanted in TRANSITIONS[state]:
        move(moved, wanted, NOW)
        assert (moved.state, moved.version) == (wanted, 2)
        assert moved.finished_at == (NOW if wanted in ENDED else None)
    else:
        with pytest.raises(IllegalTransition, match=f"is {state} and cannot become {wanted}"):
            move(moved, wanted, NOW)
        assert (moved.state, moved.version) == (state, 1)


@pytest.mark.parametrize(
    ("outcome", "desired", "retries", "state", "exit_kind", "retries_after"),
    [
        ("succeeded", "run", 3, "succeeded", None, 3),
        ("succeeded", "cancel", 3, "succeeded", None, 3),
        ("code", "run", 3, "failed", "code", 3),
        ("out_of_memory", "run", 3, "failed", "out_of_memory", 3),
        ("diverged", "run", 3, "failed", "diverged", 3),
        ("lost", "run", 3, "queued", None, 2),
        ("infrastructure", "run", 1, "queued", None, 0),
        ("lost", "run", 0, "failed", "lost", 0),
        ("lost", "cancel", 3, "cancelled", "cancelled", 3),
        ("lost", "stop", 3, "stopped", "stopped", 3),
        ("code", "cancel", 3, "cancelled", "cancelled", 3),
        ("cancelled", "cancel", 3, "cancelled", "cancelled", 3),
        ("stopped", "stop", 3, "stopped", "stopped", 3),
        ("stopped", "run", 3, "queued", None, 3),
    ],
)
def test_what_becomes_of_a_run_whose_attempt_ended(
    outcome: Any, desired: str, retries: int, state: str, exit_kind: str | None, retries_after: int
) -> None:
    ended = run("running", desired_state=desired, retries_left=retries)
    end(ended, outcome, "why", NOW)
    assert (ended.state, ended.exit_kind, ended.retries_left) == (state, exit_kind, retries_after)


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["queued", "blocked"], "queued"),
        (["succeeded", "succeeded"], "succeeded"),
        (["succeeded", "failed", "cancelled"], "failed"),
        (["succeeded", "cancelled"], "cancelled"),
        (["stopped", "cancelled"], "cancelled"),
        (["succeeded", "stopped"], "stopped"),
    ],
)
def test_a_pipeline_is_what_its_runs_are(states: list[str], expected: str) -> None:
    assert pipeline_state(run(state, attempt=0) for state in states) == expected


def test_a_pipeline_between_two_runs_is_running() -> None:
    assert pipeline_state([run("succeeded"), run("queued", attempt=0)]) == "running"
