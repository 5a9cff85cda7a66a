"""Keeping processes alive: what dies is started again, a little later each time."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from prism_client.parentage import end_with_parent
from prism_client.retries import waits

FIRST_WAIT = 0.1
LONGEST_WAIT = 10.0
HEALTHY_AFTER = 30.0
"""Seconds; a process that lived this long starts again with the shortest wait."""


@dataclass(frozen=True)
class Service:
    """One process to keep alive. `grace` is how long (s) it may take to end."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    grace: float


class Supervised:
    """A service with its present process."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._waits = _fresh_waits()
        self._due = 0.0
        self._start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def check(self) -> str | None:
        """Start it again if it has died and its wait is over; returns what there is to say."""
        if self._process.poll() is None:
            if time.monotonic() - self._started > HEALTHY_AFTER:
                self._waits = _fresh_waits()
            return None
        if not self._due:
            wait = next(self._waits)
            self._due = time.monotonic() + wait
            status = self._process.returncode
            return f"{self.service.name} ended ({status}); again in {wait:.1f} s"
        if time.monotonic() >= self._due:
            self._start()
        return None

    def ask_to_end(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def end(self) -> None:
        """Wait for its grace, then end it."""
        try:
            self._process.wait(self.service.grace)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _start(self) -> None:
        service = self.service
        with service.log.open("ab") as log:
            # A session of its own: Ctrl-C at the terminal reaches only us, and we decide the order
            # in which things end.
            self._process = subprocess.Popen(
                service.command,
                env=dict(service.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=end_with_parent(os.getpid()),
            )
        self._started = time.monotonic()
        self._due = 0.0


def end_all(supervised: Sequence[Supervised]) -> None:
    """Ask all to end at once, and give each its grace."""
    for one in supervised:
        one.ask_to_end()
    for one in supervised:
        one.end()


def _fresh_waits() -> Iterator[float]:
    return waits(FIRST_WAIT, LONGEST_WAIT)
