"""Why an engine ended, in the words that the server stores."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from prism_client.worker_client import Outcome
from prism_engine.contract.events import Event, ExitKind, Failed, Finished, event_adapter
from worker.orders import Reason

EXIT_KINDS: dict[int, ExitKind] = {
    2: "config",
    3: "code",
    4: "out_of_memory",
    5: "diverged",
    7: "infrastructure",
}
STOPPED = 6
LONGEST_MESSAGE = 8_000

LastWords = Finished | Failed | None


@dataclass(frozen=True)
class Exit:
    """How an attempt ended. `signal` is that which killed the engine."""

    kind: Outcome
    message: str = ""
    code: int | None = None
    signal: int | None = None


ENDED_ON_REQUEST: dict[Reason, tuple[Outcome, str]] = {
    "cancel": ("cancelled", "cancelled on request"),
    "stop": ("stopped", "stopped on request"),
    "superseded": ("infrastructure", "another attempt has taken over"),
    # Nobody wanted the run itself to stop, which the server knows and queues it again.
    "shutdown": ("stopped", "the worker was shut down; another one goes on from here"),
}


def exit_before_start(reason: Reason) -> Exit:
    """The run was called off while its inputs were still being fetched."""
    kind, message = ENDED_ON_REQUEST[reason]
    return Exit(kind, message)


def exit_of(status: int, reason: Reason | None, last: LastWords, printed: str) -> Exit:
    """Judge an ended engine.

    Args:
        status: Its exit status, negative for the signal that killed it.
        reason: Why we asked it to end, if we did.
        last: What it said of its end itself.
        printed: The last lines of its error output.
    """
    code, number = (status, None) if status >= 0 else (None, -status)
    if status == 0:
        return Exit("succeeded", code=0)
    if reason and (status == STOPPED or number is not None):
        kind, message = ENDED_ON_REQUEST[reason]
        saved = "" if status == STOPPED else "; it did not save in time and was killed"
        return Exit(kind, message + saved, code, number)
    if isinstance(last, Failed):
        return Exit(last.kind, last.message, code, number)
    if number is not None:
        return Exit("infrastructure", _killed_by(number), None, number)
    if status == STOPPED:
        return Exit("infrastructure", "something other than the worker ended it", code)
    return Exit(EXIT_KINDS.get(status, "code"), printed[-LONGEST_MESSAGE:], code)


def exit_of_abandoned(last: LastWords, reason: Reason | None) -> Exit:
    """Judge an engine whose worker died, by the last that it wrote."""
    if isinstance(last, Failed):
        return Exit(last.kind, last.message)
    if last is not None and not last.stopped:
        return Exit("succeeded")
    if reason is not None:
        return exit_before_start(reason)
    return Exit("infrastructure", "its worker ended unexpectedly")


def last_words(path: Path) -> LastWords:
    """What the engine wrote of its end, if it came to that."""
    lines = path.read_bytes().splitlines() if path.exists() else []
    for line in reversed(lines):
        event = read_event(line)
        if isinstance(event, Finished | Failed):
            return event
    return None


def read_event(line: bytes) -> Event | None:
    """Read one line; one that is beyond reading tells nothing, and the rest still stands."""
    try:
        return event_adapter.validate_json(line)
    except ValidationError:
        return None


def _killed_by(number: int) -> str:
    name = signal.Signals(number).name
    hint = "; the machine may have run out of memory" if number == signal.SIGKILL else ""
    return f"the engine was killed by {name}{hint}"
