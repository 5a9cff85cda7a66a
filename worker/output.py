"""What the engine prints → the worker's event file, line by line."""

from __future__ import annotations

import asyncio
from typing import Literal

from prism_engine.contract.events import EventLog, Output
from worker.folder import AttemptFolder
from worker.redaction import Redaction
from worker.tail import Offsets, Tail

Stream = Literal["stdout", "stderr"]

EVERY = 0.2
LINES_KEPT = 40
"""Enough of the end of stderr to hold a traceback."""


class OutputRecorder:
    """Follows stdout and stderr of one engine."""

    def __init__(
        self, folder: AttemptFolder, events: EventLog, offsets: Offsets, redaction: Redaction
    ) -> None:
        self._events = events
        self._redaction = redaction
        self._offsets = offsets
        self._tails: dict[Stream, Tail] = {
            "stdout": offsets.tail(folder.stdout),
            "stderr": offsets.tail(folder.stderr),
        }
        self._last_errors: list[str] = []

    @property
    def last_errors(self) -> str:
        return "\n".join(self._last_errors)

    async def follow(self) -> None:
        """Record until cancelled."""
        while True:
            self._record_lines()
            await asyncio.sleep(EVERY)

    def record_rest(self) -> None:
        """Record what is left once the engine is gone."""
        while self._record_lines():
            continue
        for stream, tail in self._tails.items():
            self._record(stream, tail, tail.read_rest().splitlines())

    def _record_lines(self) -> bool:
        found = [self._record(stream, tail, tail.read()) for stream, tail in self._tails.items()]
        return any(found)

    def _record(self, stream: Stream, tail: Tail, lines: list[bytes]) -> bool:
        if not lines:
            return False
        texts = [self._redaction.text(line.decode("utf-8", "replace")) for line in lines]
        if stream == "stderr":
            self._last_errors = [*self._last_errors, *texts][-LINES_KEPT:]
        self._events.write(Output, stream=stream, lines=texts)
        self._offsets.keep(tail)
        return True
