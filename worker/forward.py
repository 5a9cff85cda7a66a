"""Event files → server. Training never waits for any of this."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import structlog

from prism_client.errors import NotFound, Refused
from prism_client.worker_client import WorkerClient
from prism_engine.contract.events import EventLog, Log, Source
from worker.folder import AttemptFolder
from worker.orders import StandingOrders
from worker.patience import until_answered
from worker.redaction import Redaction
from worker.tail import Offsets

log = structlog.get_logger()

SOURCES: tuple[Source, ...] = ("engine", "worker")
EVERY = 0.1
"""Seconds between looks at the files: a point is on its way as soon as a person could notice."""
LARGEST_BATCH = 200


class Forwarder:
    """Sends each complete line of both event files once, in order, however long it takes.

    How far it got is kept on disk after every accepted batch. A crash between the two sends a
    batch again, which the server recognises by its sequence numbers.
    """

    def __init__(
        self,
        server: WorkerClient,
        folder: AttemptFolder,
        events: EventLog,
        orders: StandingOrders,
        offsets: Offsets,
        redaction: Redaction,
    ) -> None:
        self._server = server
        self._folder = folder
        self._events = events
        self._orders = orders
        self._offsets = offsets
        self._redaction = redaction
        self._tails = {source: offsets.tail(folder.events(source)) for source in SOURCES}
        self._uploaded: set[str] = set()

    async def follow(self, ended: asyncio.Event) -> None:
        """Forward until the files have ended and everything in them has arrived."""
        while True:
            # Asked before looking, so that what was written before the end is always seen.
            last_look = ended.is_set()
            most = max([await self._forward(source) for source in SOURCES])
            if last_look and most == 0:
                return
            if not last_look and most < LARGEST_BATCH:
                await asyncio.sleep(EVERY)

    async def _forward(self, source: Source) -> int:
        """Send what is new; returns the number of lines."""
        tail = self._tails[source]
        lines = tail.read()
        for start in range(0, len(lines), LARGEST_BATCH):
            batch = [self._checked(source, line) for line in lines[start : start + LARGEST_BATCH]]
            await self._send(source, [line for line in batch if line is not None])
        if lines:
            self._offsets.keep(tail)
        return len(lines)

    def _checked(self, source: Source, line: bytes) -> bytes | None:
        """Leave out secrets, and what is no JSON object and would make the batch unreadable."""
        try:
            readable = isinstance(json.loads(line), dict)
        except ValueError:
            readable = False
        if readable:
            return self._redaction.event(line)
        shown = self._redaction.text(line.decode("utf-8", "replace"))[:200]
        message = f"a line of the {source}'s event file is no event: {shown!r}"
        self._events.write(Log, level="error", message=message)
        return None

    async def _send(self, source: Source, batch: Sequence[bytes]) -> None:
        if not batch or self._orders.forgotten:
            return
        for line in batch:
            await self._upload_images(line)
        attempt_id = self._folder.claim.attempt_id
        try:
            answer = await until_answered(
                lambda: self._server.post_events(attempt_id, source, batch)
            )
        except NotFound:
            self._orders.forget()
        except Refused as refusal:
            await self._send_in_halves(source, batch, refusal)
        else:
            self._orders.hear(answer)

    async def _send_in_halves(
        self, source: Source, batch: Sequence[bytes], refusal: Refused
    ) -> None:
        """Find the event because of which a batch was refused whole, and go on without it."""
        if len(batch) > 1:
            middle = len(batch) // 2
            await self._send(source, batch[:middle])
            await self._send(source, batch[middle:])
            return
        message = f"the server refused an event of the {source} ({refusal}): {batch[0][:200]!r}"
        # A refused event of our own is not answered by another one, which would be refused too.
        if source == "engine":
            self._events.write(Log, level="error", message=message)
        log.error("event_refused", message=message)

    async def _upload_images(self, line: bytes) -> None:
        """Bring images to the server before the event that names them."""
        if b'"samples_drawn"' not in line:
            return
        for sample in json.loads(line).get("samples", []):
            for sha256 in sample.get("images", []):
                if sha256 not in self._uploaded:
                    await self._upload(sha256, self._folder.image(sha256))
                    self._uploaded.add(sha256)

    async def _upload(self, sha256: str, path: Path) -> None:
        """A sample without its image is worth more than a stream that waits for it for ever."""
        try:
            content = await asyncio.to_thread(path.read_bytes)
            if not await until_answered(lambda: self._server.has_artifact(sha256)):
                attempt_id = self._folder.claim.attempt_id
                await until_answered(lambda: self._server.put_artifact(sha256, content, attempt_id))
        except (FileNotFoundError, Refused) as error:
            message = f"image {sha256} cannot be shown: {error}"
            self._events.write(Log, level="warning", message=message)
