from __future__ import annotations

import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest

from prism_engine.contract.events import Failed, Finished
from worker.orders import Reason
from worker.outcome import exit_of, exit_of_abandoned, last_words

NOW = datetime.now(UTC)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (0, "succeeded"),
        (1, "code"),
        (2, "config"),
        (3, "code"),
        (4, "out_of_memory"),
        (5, "diverged"),
        (6, "infrastructure"),
        (7, "infrastructure"),
        (-signal.SIGKILL, "infrastructure"),
        (-signal.SIGSEGV, "infrastructure"),
    ],
)
def test_an_exit_status_that_nobody_asked_for(status: int, kind: str) -> None:
    assert exit_of(status, None, None, "").kind == kind


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("stop", "stopped"),
        ("cancel", "cancelled"),
        ("shutdown", "stopped"),
        ("superseded", "infrastructure"),
    ],
)
@pytest.mark.parametrize("status", [6, -signal.SIGKILL])
def test_an_end_that_was_asked_for(reason: Reason, kind: str, status: int) -> None:
    assert exit_of(status, reason, None, "").kind == kind


def test_a_run_that_was_done_before_it_heard_of_the_cancellation_has_succeeded() -> None:
    assert exit_of(0, "cancel", None, "").kind == "succeeded"


def test_a_crash_while_saving_is_not_hidden_by_the_wish_to_stop() -> None:
    assert exit_of(3, "stop", None, "Traceback …").kind == "code"


def test_what_the_engine_said_itself_is_believed() -> None:
    failure = Failed(seq=1, at=NOW, kind="out_of_memory", message="24 GiB asked")
    for status in (3, -signal.SIGKILL):
        end = exit_of(status, None, failure, "")
        assert (end.kind, end.message) == ("out_of_memory", "24 GiB asked")


def test_an_unnamed_error_is_explained_by_what_was_printed() -> None:
    end = exit_of(1, None, None, "Traceback …\nImportError: no module")
    assert end.message.endswith("ImportError: no module")
    assert (end.code, end.signal) == (1, None)


def test_a_killed_engine_names_the_signal() -> None:
    end = exit_of(-signal.SIGKILL, None, None, "")
    assert end.message.startswith("the engine was killed by SIGKILL")
    assert (end.code, end.signal) == (None, 9)


def test_an_abandoned_engine_that_finished_has_succeeded() -> None:
    assert exit_of_abandoned(Finished(seq=1, at=NOW, step=3), None).kind == "succeeded"


def test_an_abandoned_engine_that_saved_and_ended_goes_on_elsewhere() -> None:
    stopped = Finished(seq=1, at=NOW, step=3, stopped=True)
    assert exit_of_abandoned(stopped, None).kind == "infrastructure"
    assert exit_of_abandoned(stopped, "cancel").kind == "cancelled"


def test_an_abandoned_engine_that_failed_has_failed() -> None:
    failed = Failed(seq=1, at=NOW, kind="diverged", message="loss is not finite")
    assert exit_of_abandoned(failed, None).kind == "diverged"


def test_the_last_words_are_found_among_lines_beyond_reading(tmp_path: Path) -> None:
    failed = Failed(seq=1, at=NOW, kind="diverged", message="loss is not finite")
    path = tmp_path / "events.jsonl"
    path.write_text(f'{failed.model_dump_json()}\nno event\n{{"seq": 2, "ty')
    assert last_words(path) == failed
    assert last_words(tmp_path / "missing") is None
