import math
from pathlib import Path

import pytest

from prism_engine.contract.events import (
    LONGEST_STRING,
    EventLog,
    Finished,
    Log,
    StepFinished,
    read_events,
)
from prism_engine.contract.metrics import METRICS


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "attempt" / "events.jsonl"


def test_events_are_numbered_from_one_and_read_back(path: Path) -> None:
    with EventLog(path) as log:
        log.step_finished(1, {"loss": 0.5, "gap_perception": 1.25})
        log.write(Finished, step=1)
    first, second = read_events(path)
    assert isinstance(first, StepFinished)
    assert (first.seq, first.step, first.metrics) == (1, 1, {"loss": 0.5, "gap_perception": 1.25})
    assert isinstance(second, Finished)
    assert (second.seq, second.stopped) == (2, False)


def test_a_log_goes_on_where_the_file_ends(path: Path) -> None:
    with EventLog(path) as log:
        log.write(Log, level="info", message="one")
    with EventLog(path) as log:
        log.write(Log, level="info", message="two")
    assert [event.seq for event in read_events(path)] == [1, 2]


def test_a_half_written_line_is_dropped_and_its_number_used_again(path: Path) -> None:
    with EventLog(path) as log:
        log.write(Log, level="info", message="one")
    with path.open("a") as file:
        file.write('{"seq": 2, "at": "2026-')
    assert [event.seq for event in read_events(path)] == [1]
    with EventLog(path) as log:
        log.write(Log, level="info", message="two")
    assert [(event.seq, event.message) for event in read_events(path)] == [(1, "one"), (2, "two")]


def test_a_number_that_is_not_finite_is_absent_and_reported(path: Path) -> None:
    with EventLog(path) as log:
        log.step_finished(3, {"loss": math.nan, "reward": 1.0, "kl": math.inf})
    step, report = read_events(path)
    assert step.metrics == {"reward": 1.0}
    assert (report.level, report.message) == ("error", "step 3: not a finite number: kl, loss")


def test_an_undeclared_metric_is_refused(path: Path) -> None:
    with EventLog(path) as log, pytest.raises(KeyError, match="'vibes' is not declared"):
        log.step_finished(1, {"vibes": 1.0})
    assert list(read_events(path)) == []


def test_strings_lose_what_no_database_holds_and_are_cut(path: Path) -> None:
    with EventLog(path) as log:
        log.write(Log, level="info", message="a\0b\ud800c")
        log.write(Log, level="info", message="x" * 100_000)
    cleaned, cut = read_events(path)
    assert cleaned.message == "abc"
    assert len(cut.message) == LONGEST_STRING
    assert cut.message.endswith("x…")


def test_every_metric_says_what_it_means() -> None:
    for name, metric in METRICS.items():
        assert name == metric.name
        assert metric.title
        assert metric.meaning
        assert not metric.meaning.endswith(".")
