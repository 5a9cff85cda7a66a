"""What an earlier worker left behind: engines that still run, and attempts without an end."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from pathlib import Path

import structlog

from worker.folder import AttemptFolder
from worker.process import ProcessIdentity, signal_group

log = structlog.get_logger()

LOOK_EVERY = 0.1


async def find_abandoned(runs: Path, grace: float) -> list[AttemptFolder]:
    """End every engine whose worker is dead; returns the attempts that nobody looks after.

    An engine has been told of its worker's death by the pipe between them and is saving; it gets
    `grace` seconds for that, because what it saves is where the next attempt goes on.
    """
    abandoned = []
    for folder in AttemptFolder.unreported(runs):
        with folder.locked() as ours:
            if ours:
                await _end_engine(folder, grace)
                abandoned.append(folder)
    return abandoned


async def _end_engine(folder: AttemptFolder, grace: float) -> None:
    engine = _engine_of(folder)
    if engine is None or not engine.is_alive():
        return
    log.warning("engine_without_worker", run=folder.claim.run_id, pid=engine.pid)
    signal_group(engine.pid, signal.SIGTERM)
    deadline = time.monotonic() + grace
    # Nothing tells us of the end of a process that is not our child.
    while engine.is_alive() and time.monotonic() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(LOOK_EVERY)
    if engine.is_alive():
        signal_group(engine.pid, signal.SIGKILL)


def _engine_of(folder: AttemptFolder) -> ProcessIdentity | None:
    if not folder.process.exists():
        return None
    return ProcessIdentity(**json.loads(folder.process.read_bytes()))
