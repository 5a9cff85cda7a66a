"""Freeing what was fetched from the artifact store, once retention has removed it there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import structlog

from worker.folder import AttemptFolder
from worker.store import ArtifactStore

log = structlog.get_logger()

EVERY = 3600.0
"""Seconds, as the server applies retention."""


async def free_discarded(store: ArtifactStore, runs: Path, every: float = EVERY) -> None:
    """Look now and again until cancelled."""
    while True:
        freed = await asyncio.to_thread(free_once, store, runs)
        if freed:
            log.info("fetched_checkpoints_freed", locations=freed)
        await asyncio.sleep(every)


def free_once(store: ArtifactStore, runs: Path) -> list[str]:
    """Remove what the store has no more and no attempt on this machine uses; returns where it was.

    No other attempt can come to use it: the server gives nobody what it has removed.
    """
    return store.free_discarded(frozenset(_used(runs)))


def _used(runs: Path) -> Iterator[str]:
    """Where that lies in the store which unreported attempts were given."""
    for folder in AttemptFolder.unreported(runs):
        yield from (needed.location for needed in folder.claim.inputs)
        if folder.claim.resume is not None:
            yield folder.claim.resume.location
