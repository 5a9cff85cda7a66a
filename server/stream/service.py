from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING

from server.errors import Invalid
from server.schemas import FieldProblem
from server.stream.cursor import encode
from server.stream.frames import Frame, frame_of, history
from server.stream.hub import Subscriber
from server.stream.permits import Permit
from server.stream.schemas import ResyncFrame

if TYPE_CHECKING:
    from server.parts import Parts

PING_SECONDS = 15.0
LOOK_UP_SECONDS = 1.0
"""How long a stream sleeps at most: so soon it ends when the server stops."""

MOST_TOPICS = 100


def parse_topics(topics: str) -> list[str]:
    """Return the topics of a request, each once. Raises `Invalid`."""
    named = list(dict.fromkeys(topic for topic in topics.split(",") if topic))
    good = all(topic.partition(":")[0] in ("run", "pipeline") for topic in named)
    if not named or not good or len(named) > MOST_TOPICS:
        message = f"name 1 to {MOST_TOPICS} topics such as run:ID or pipeline:ID"
        raise Invalid(f"topics: {message}", [FieldProblem(field="topics", message=message)])
    return named


async def frames(parts: Parts, permit: Permit, since: Mapping[str, int]) -> AsyncIterator[bytes]:
    """Yield the text of every server-sent event until the client or the server goes."""
    subscriber, heads = await parts.hub.join(permit.topics)
    client = Client(parts, permit, subscriber, heads, since)
    parts.permits.begin(permit)
    try:
        yield b"retry: 1000\n\n"
        async for text in client.catch_up():
            yield text
        async for text in client.follow():
            yield text
    finally:
        parts.permits.end(permit)
        parts.hub.leave(subscriber)


class Client:
    """One browser tab, and how far it has seen each run."""

    def __init__(
        self,
        parts: Parts,
        permit: Permit,
        subscriber: Subscriber,
        heads: Mapping[str, int],
        since: Mapping[str, int],
    ) -> None:
        self._parts = parts
        self._permit = permit
        self._subscriber = subscriber
        self._heads = heads
        # Who does not say where he stands begins where the stream stands.
        self._seen = {run_id: since.get(run_id, head) for run_id, head in heads.items()}
        self._now = asyncio.get_running_loop().time
        self._sent_at = self._now()

    async def catch_up(self) -> AsyncIterator[bytes]:
        """Yield what happened since the client's cursor, then the present state of everything."""
        for run_id, head in self._heads.items():
            for text in await self._missed(run_id, head):
                yield text
        for frame in await self._parts.hub.states(self._subscriber):
            yield self._text(frame)

    async def follow(self) -> AsyncIterator[bytes]:
        """Yield what the hub hands out."""
        while not self._parts.signals.closing and await self._parts.permits.holds(self._permit):
            texts: list[bytes] = []
            for frame in await self._subscriber.take(LOOK_UP_SECONDS):
                texts += await self._texts(frame)
            if texts:
                # All that waits goes out at once: a write costs more than what is written.
                yield b"".join(texts)
            elif self._now() - self._sent_at >= PING_SECONDS:
                self._sent_at = self._now()
                yield b": ping\n\n"

    async def _texts(self, frame: Frame | None) -> list[bytes]:
        if frame is None:
            return [self._resync()]
        run_id = frame.topic.removeprefix("run:")
        if frame.last and frame.first <= self._seen[run_id]:
            # The client came with a cursor ahead of what this process had read.
            return await self._missed(run_id, frame.last)
        return [self._text(frame)]

    async def _missed(self, run_id: str, until: int) -> list[bytes]:
        seen = self._seen[run_id]
        if until <= seen:
            return []
        async with self._parts.database.reading() as session:
            missed = await history(session, run_id, seen, until)
        if missed is None:
            return [self._resync()]
        return [self._text(frame) for frame in missed]

    def _resync(self) -> bytes:
        """Tell the client to fetch anew, and go on from where the hub stands."""
        self._seen = self._parts.hub.positions(self._subscriber)
        return self._text(frame_of("", "resync", ResyncFrame(reason="too far behind")))

    def _text(self, frame: Frame) -> bytes:
        """Return the frame as it goes over the wire."""
        if frame.last:
            self._seen[frame.topic.removeprefix("run:")] = frame.last
        self._sent_at = self._now()
        return frame.wire(encode(self._seen))
