"""Keeps a run's mirrors going beside its engine, which knows nothing of them."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from prism_engine.contract.events import EventLog, Log
from worker.folder import AttemptFolder
from worker.launch import PASSED_ON
from worker.redaction import Redaction

GRACE = 30.0
"""Seconds in which a mirror may send what it still holds once its run has ended."""

FOR_TRACKERS = frozenset(
    {"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "NETRC"}
)


class Mirroring:
    """The mirrors of one attempt. One that fails says so once, and the run goes on without it."""

    def __init__(
        self,
        trackers: Sequence[str],
        into: Path,
        folder: AttemptFolder,
        events: EventLog,
        redaction: Redaction,
        grace: float = GRACE,
    ) -> None:
        self._trackers = trackers
        self._into = into
        self._folder = folder
        self._events = events
        self._redaction = redaction
        self._grace = grace

    async def follow(self, ended: asyncio.Event) -> None:
        """Mirror until the engine has ended and every mirror holds all of it."""
        await asyncio.gather(*(self._mirror(tracker, ended) for tracker in self._trackers))

    async def _mirror(self, tracker: str, ended: asyncio.Event) -> None:
        if problem := await self._run(tracker, ended):
            message = f"the mirror in {tracker} ended, and the run goes on without it: {problem}"
            self._events.write(Log, level="warning", message=self._redaction.text(message))

    async def _run(self, tracker: str, ended: asyncio.Event) -> str | None:
        """Run one mirror to its end; returns what went wrong."""
        said = self._folder.path / f"{tracker}.log"
        with said.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "worker.mirrors", str(self._folder.path)),
                *("--to", tracker, "--into", str(self._into / tracker)),
                stdin=asyncio.subprocess.PIPE,
                stdout=output,
                stderr=output,
                env=environment(os.environ),
                start_new_session=True,
            )
        try:
            return await self._see_out(process, ended, said)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def _see_out(
        self, process: asyncio.subprocess.Process, ended: asyncio.Event, said: Path
    ) -> str | None:
        assert process.stdin is not None, "it was opened as a pipe"
        dying, ending = asyncio.create_task(process.wait()), asyncio.create_task(ended.wait())
        await asyncio.wait({dying, ending}, return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()
        process.stdin.close()
        try:
            status = await asyncio.wait_for(dying, self._grace)
        except TimeoutError:
            return f"it did not come to its end within {self._grace:g} s"
        return None if status == 0 else _last_line(said) or f"status {status}"


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """Pass on what a tracker is configured by, and none of our own secrets."""
    return {
        name: value
        for name, value in given.items()
        if name in PASSED_ON | FOR_TRACKERS or name.startswith(("LC_", "WANDB_"))
    }


def _last_line(said: Path) -> str:
    lines = said.read_text(errors="replace").split("\n")
    return next((line.strip()[:500] for line in reversed(lines) if line.strip()), "")
