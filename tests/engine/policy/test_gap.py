"""A sampler that draws from another policy is said once, when it begins and when it is over."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from prism_engine.batch import TrainingBatch
from prism_engine.contract.events import EventLog, Log, read_events
from prism_engine.policy.gap import GapWatch

NOTHING = cast("TrainingBatch", None)


class Measures:
    """A learner that finds these gaps, one a step, or none."""

    def __init__(self, gaps: list[float | None]) -> None:
        self._gaps = iter(gaps)

    def update(self, batch: Any, step: int) -> dict[str, float]:
        gap = next(self._gaps)
        return {"loss": 1.0} if gap is None else {"loss": 1.0, "sampler_gap": gap}


def said(path: Path, gaps: list[float | None], state: Any = None) -> tuple[list[str], Any]:
    with EventLog(path) as events:
        watch = GapWatch(Measures(gaps), events, limit=0.1)
        if state:
            watch.load_state(state)
        for step, gap in enumerate(gaps, start=1):
            assert watch.update(NOTHING, step).get("sampler_gap") == gap
    logs = [event for event in read_events(path) if isinstance(event, Log)]
    assert [log.alert for log in logs] == [
        "mismatched" if log.level == "warning" else None for log in logs
    ]
    return [f"{log.level}: {log.message[:27]}" for log in logs], watch.state()


def test_is_said_when_it_begins_and_when_it_is_over(tmp_path: Path) -> None:
    lines, _ = said(tmp_path / "events", [0.1, 0.2, 0.4, None, 0.05, 0.05, 0.3])
    assert lines == [
        "warning: step 2: the sampler's log-p",
        "info: step 5: the sampler is 0.05",
        "warning: step 7: the sampler's log-p",
    ]


def test_the_warning_names_the_gap_the_setting_and_the_remedy(tmp_path: Path) -> None:
    said(tmp_path / "events", [0.25])
    [log] = [event for event in read_events(tmp_path / "events") if isinstance(event, Log)]
    assert log.message == (
        "step 1: the sampler's log-probabilities are 0.25 nats from the learner's, more than "
        "gap_alarm (0.1); see whether both have the same weights, dtype and model folder, and set "
        "mismatch_correction where they do"
    )


@pytest.mark.parametrize(("gap", "lines"), [(0.3, 0), (0.0, 1)])
def test_a_resumed_run_does_not_say_it_twice(tmp_path: Path, gap: float, lines: int) -> None:
    _, state = said(tmp_path / "before", [0.2])
    again, _ = said(tmp_path / "after", [gap], state)
    assert len(again) == lines
