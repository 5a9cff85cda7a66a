"""Checkpoints → artifact store → server. What is not stored does not exist for anybody else."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import structlog

from prism_client.errors import Refused
from prism_client.retries import waits
from prism_client.worker_client import WorkerClient
from prism_engine.contract.events import (
    CheckpointSaved,
    CheckpointStored,
    EventLog,
    Log,
    read_events,
)
from prism_engine.contract.manifest import Manifest, Torn, read_manifest
from worker.errors import Outdated, StoreFailed
from worker.folder import AttemptFolder
from worker.orders import StandingOrders
from worker.outcome import read_event
from worker.patience import until_answered
from worker.store import ArtifactStore
from worker.tail import Tail

log = structlog.get_logger()

EVERY = 0.2
TRIES = 6
FIRST_WAIT = 0.5
LONGEST_WAIT = 30.0
"""Seconds; a store that fails for half a minute fails the attempt, not the worker."""


class CheckpointKeeper:
    """Makes each checkpoint durable as soon as the engine has saved it.

    It follows the engine's event file for itself, so that a server out of reach does not keep
    checkpoints from being copied, nor a slow store the metrics from being drawn.
    """

    def __init__(
        self,
        server: WorkerClient,
        store: ArtifactStore,
        folder: AttemptFolder,
        events: EventLog,
        orders: StandingOrders,
    ) -> None:
        self._server = server
        self._store = store
        self._folder = folder
        self._events = events
        self._orders = orders
        self._tail = Tail(folder.engine_events)
        self._stored = {
            (event.step, event.kind, event.role)
            for event in read_events(folder.worker_events)
            if isinstance(event, CheckpointStored)
        }
        self.failure: str | None = None
        """Why what the run was for could not be stored."""

    async def follow(self, ended: asyncio.Event) -> None:
        """Store until the engine has ended and every checkpoint is dealt with."""
        while True:
            last_look = ended.is_set()
            lines = self._tail.read()
            for saved in self._worth_keeping(lines):
                await self._keep(saved)
            if last_look and not lines:
                return
            if not last_look:
                await asyncio.sleep(EVERY)

    def _worth_keeping(self, lines: Sequence[bytes]) -> list[CheckpointSaved]:
        """Pick the exported checkpoints, the newest resumable one and the best.

        After an outage of the store the others may be gone from this disk already, and nobody
        would resume from them.
        """
        events = [read_event(line) for line in lines if b'"checkpoint_saved"' in line]
        saved = [
            event
            for event in events
            if isinstance(event, CheckpointSaved)
            and (event.step, event.kind, event.role) not in self._stored
        ]
        resumable = [event for event in saved if event.kind == "resumable"]
        worth = [*resumable[-1:], *[event for event in resumable if event.best][-1:]]
        return [event for event in saved if event.kind == "exported" or event in worth]

    async def _keep(self, saved: CheckpointSaved) -> None:
        if self._orders.superseded:
            return
        try:
            folder = self._folder.engine_events.parent / saved.path
            with self._folder.held(folder) as files:
                await self._store_and_report(saved, files)
        except Outdated as error:
            self._events.write(Log, level="info", message=str(error))
        except (Torn, StoreFailed, Refused) as error:
            message = f"checkpoint of step {saved.step} ({saved.kind} {saved.role}): {error}"
            self._events.write(Log, level="error", message=message)
            if saved.kind == "exported":
                self.failure = message

    async def _store_and_report(self, saved: CheckpointSaved, files: Path) -> None:
        manifest = await asyncio.to_thread(read_manifest, files)
        claim = self._folder.claim
        name = f"checkpoints/{claim.run_id}/{claim.attempt}/{saved.step}-{saved.kind}-{saved.role}"
        location = await self._put(files, manifest, name)
        await until_answered(
            lambda: self._server.report_checkpoint(
                claim.attempt_id,
                step=saved.step,
                kind=saved.kind,
                role=saved.role,
                location=location,
                size=manifest.size,
                manifest=manifest.model_dump(),
            )
        )
        self._events.write(
            CheckpointStored,
            step=saved.step,
            kind=saved.kind,
            role=saved.role,
            location=location,
            size=manifest.size,
        )
        self._stored.add((saved.step, saved.kind, saved.role))

    async def _put(self, files: Path, manifest: Manifest, name: str) -> str:
        for wait in islice(waits(FIRST_WAIT, LONGEST_WAIT), TRIES - 1):
            try:
                return await asyncio.to_thread(self._store.put, files, manifest, name)
            except StoreFailed as error:
                log.warning("store_failed", error=str(error))
                await asyncio.sleep(wait)
        return await asyncio.to_thread(self._store.put, files, manifest, name)
