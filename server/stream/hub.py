"""Reads what is new once per process and hands it to every browser that watches.

The database is the log. A feed is a topic that somebody watches; the hub knows how far it has read
each, reads on when a commit rings (or a second has passed, for what other processes wrote), and
puts the same serialised frames into every subscriber's queue. What this process wrote itself it was
told, and reads only if something is missing of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.database import Database
from server.pipelines.service import pipeline_snapshots
from server.runs.snapshots import snapshots
from server.signals import POLL_SECONDS, Signals, Told
from server.stream.frames import Frame, frame_of, history, told_frames
from server.tables import Pipeline, Run

log = structlog.get_logger()

SECONDS_BETWEEN_LOOKS = 0.05
"""Of many commits at once each would else have the heads of all topics read."""

SECONDS_BETWEEN_FRAMES = 0.25
"""On average: who has been silent for so long may send two at once.

Were no two ever closer, each step of a run that finishes four a second would come as late as the
latest of them.
"""

SECONDS_BETWEEN_STATES = 1.0
"""A run's snapshot changes with every step, whose numbers come at once and by themselves."""

STATES_AT_ONCE = 16
"""Numbers wait for no longer than so many snapshots take."""

MOST_TOLD = 64
LONGEST_QUEUE = 256


@dataclass(eq=False)
class Subscriber:
    """One browser tab: frames wait here until it takes them."""

    topics: frozenset[str]
    waiting: list[Frame | None] = field(default_factory=list)
    _woken: asyncio.Future[None] | None = None

    def put(self, frames: Sequence[Frame]) -> None:
        if len(self.waiting) + len(frames) > LONGEST_QUEUE:
            self.overflow()
        else:
            self.waiting += frames
            self._wake()

    def overflow(self) -> None:
        """Forget what waits: a client so slow does better to fetch anew."""
        self.waiting = [None]
        self._wake()

    async def take(self, seconds: float) -> list[Frame | None]:
        """Return all that waits, or comes first; nothing if nothing comes for so many seconds."""
        if not self.waiting:
            loop = asyncio.get_running_loop()
            self._woken = loop.create_future()
            timer = loop.call_later(seconds, self._wake)
            try:
                await self._woken
            finally:
                timer.cancel()
        taken, self.waiting = self.waiting, []
        return taken

    def _wake(self) -> None:
        if self._woken is not None and not self._woken.done():
            self._woken.set_result(None)


@dataclass
class Feed:
    """A watched topic and how far it was read."""

    position: int = 0
    version: int = 0
    next_at: float = 0.0
    next_state_at: float = 0.0
    state: Frame | None = None
    stated_at: float = 0.0
    told: list[Told] = field(default_factory=list)
    subscribers: set[Subscriber] = field(default_factory=set)

    def hand_out(self, frames: list[Frame] | None) -> None:
        """Give it to everybody who watches; None is more than is worth sending."""
        for subscriber in self.subscribers:
            if frames is None:
                subscriber.overflow()
            else:
                subscriber.put(frames)

    def says(self, state: Frame, now: float) -> None:
        """Keep the topic's snapshot for whoever comes in the next moment."""
        self.state, self.stated_at = state, now

    def handed_out(self, position: int, now: float) -> None:
        """Keep in mind how far it was read, and when there may be more."""
        self.position = position
        self.next_at = max(self.next_at, now - SECONDS_BETWEEN_FRAMES) + SECONDS_BETWEEN_FRAMES

    def hear(self, told: Told) -> None:
        if len(self.told) == MOST_TOLD:
            self.told.clear()
        self.told.append(told)

    def told_until(self, position: int) -> list[Told] | None:
        """Return all that was not handed out yet up to a position; None if some of it is missing.

        What it returns or will not need is forgotten.
        """
        chain, reached = [], self.position
        for told in sorted(self.told, key=lambda one: one.first):
            if told.first == reached + 1 and told.last <= position:
                chain.append(told)
                reached = told.last
        self.told = [told for told in self.told if told.last > position]
        return chain if reached == position else None


class Hub:
    """One per process."""

    def __init__(self, database: Database, signals: Signals) -> None:
        self._database = database
        self._signals = signals
        self._feeds: dict[str, Feed] = {}
        self._stating = asyncio.Lock()
        signals.listener = self._hear

    async def join(self, topics: Collection[str]) -> tuple[Subscriber, dict[str, int]]:
        """Subscribe; return with it the position after which frames will come, by run."""
        async with self._database.reading() as session:
            heads = await _heads(session, topics)
        subscriber = Subscriber(frozenset(heads))
        # Nothing is awaited from here on, so that no frame falls between the two.
        for topic, (position, version) in heads.items():
            self._feeds.setdefault(topic, Feed(position, version)).subscribers.add(subscriber)
        return subscriber, self.positions(subscriber)

    async def states(self, subscriber: Subscriber) -> list[Frame]:
        """Return the snapshots of what a subscriber watches.

        Those that were made in the last second serve others too: after a restart every browser
        comes back at once.
        """
        feeds = {topic: self._feeds[topic] for topic in sorted(subscriber.topics)}
        async with self._stating:
            now = asyncio.get_running_loop().time()
            old = [t for t, feed in feeds.items() if now - feed.stated_at > SECONDS_BETWEEN_STATES]
            if old:
                async with self._database.reading() as session:
                    for frame in await current_state(session, old):
                        feeds[frame.topic].says(frame, now)
        return [feed.state for feed in feeds.values() if feed.state]

    def positions(self, subscriber: Subscriber) -> dict[str, int]:
        """Return how far the subscriber's runs were read and handed out."""
        return {
            topic.removeprefix("run:"): self._feeds[topic].position
            for topic in subscriber.topics
            if topic.startswith("run:")
        }

    @property
    def watching(self) -> int:
        """How many browser tabs are on the stream."""
        return len({one for feed in self._feeds.values() for one in feed.subscribers})

    def leave(self, subscriber: Subscriber) -> None:
        for topic in subscriber.topics:
            if feed := self._feeds.get(topic):
                feed.subscribers.discard(subscriber)
                if not feed.subscribers:
                    del self._feeds[topic]

    def _hear(self, told: Told) -> None:
        if feed := self._feeds.get(f"run:{told.run_id}"):
            feed.hear(told)

    async def run(self) -> None:
        """Hand out what is new until cancelled."""
        loop = asyncio.get_running_loop()
        while not self._signals.closing:
            seen, looked_at = self._signals.rings("runs"), loop.time()
            try:
                due_in = await self._look(looked_at)
            except Exception:
                # A database that is away, or a mistake of ours, must not end every stream for good.
                log.exception("the stream could not read and will look again")
                due_in = POLL_SECONDS
            if due_in < POLL_SECONDS:
                # Something is new but its turn has not come.
                await asyncio.sleep(due_in)
            else:
                await self._signals.wait("runs", seen, POLL_SECONDS)
            await asyncio.sleep(looked_at + SECONDS_BETWEEN_LOOKS - loop.time())

    async def _look(self, now: float) -> float:
        """Read what is new and due; return the seconds until something else will be due."""
        watched = list(self._feeds)
        if not watched:
            return POLL_SECONDS
        due_in = POLL_SECONDS
        changed: dict[str, int] = {}
        async with self._database.reading() as session:
            for topic, (position, version) in (await _heads(session, watched)).items():
                feed = self._feeds.get(topic)
                if feed is None:
                    continue
                if position > feed.position:
                    if feed.next_at > now:
                        # Its state waits too: nobody is told of an end before what led to it.
                        due_in = min(due_in, feed.next_at - now)
                        continue
                    feed.hand_out(await _news(session, topic, feed, position))
                    feed.handed_out(position, now)
                if version != feed.version:
                    if feed.next_state_at > now:
                        due_in = min(due_in, feed.next_state_at - now)
                    elif len(changed) == STATES_AT_ONCE:
                        due_in = 0.0
                    else:
                        changed[topic] = version
            await self._hand_out_states(session, changed, now)
        return due_in

    async def _hand_out_states(
        self, session: AsyncSession, changed: Mapping[str, int], now: float
    ) -> None:
        for frame in await current_state(session, changed):
            if feed := self._feeds.get(frame.topic):
                feed.hand_out([frame])
                feed.says(frame, now)
                feed.version = changed[frame.topic]
                # Whole seconds, so that those of many runs are read together.
                feed.next_state_at = now // SECONDS_BETWEEN_STATES + SECONDS_BETWEEN_STATES


async def _heads(session: AsyncSession, topics: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Return (position, version) of every topic that exists."""
    ids = {topic.partition(":")[2]: topic for topic in topics}
    heads = {}
    runs = select(Run.id, Run.stream_position, Run.version).where(Run.id.in_(ids))
    for run_id, position, version in await session.execute(runs):
        heads[f"run:{run_id}"] = (position, version)
    query = select(Pipeline.id, Pipeline.version).where(Pipeline.id.in_(ids))
    for pipeline_id, version in await session.execute(query):
        heads[f"pipeline:{pipeline_id}"] = (0, version)
    return heads


async def _news(session: AsyncSession, topic: str, feed: Feed, position: int) -> list[Frame] | None:
    told = feed.told_until(position)
    if told is not None:
        return told_frames(told)
    return await history(session, topic.removeprefix("run:"), feed.position, position)


async def current_state(session: AsyncSession, topics: Collection[str]) -> list[Frame]:
    """Return the snapshot of every topic as it is now."""
    if not topics:
        return []
    ids = {topic.partition(":")[2] for topic in topics}
    now = {"populate_existing": True}
    found = (await session.scalars(select(Run).where(Run.id.in_(ids)), execution_options=now)).all()
    frames = {
        f"run:{shot.id}": frame_of(f"run:{shot.id}", "run", shot)
        for shot in await snapshots(session, found)
    }
    query = select(Pipeline).where(Pipeline.id.in_(ids))
    launched = (await session.scalars(query, execution_options=now)).all()
    frames |= {
        f"pipeline:{shot.id}": frame_of(f"pipeline:{shot.id}", "pipeline", shot)
        for shot in await pipeline_snapshots(session, launched)
    }
    return [frames[topic] for topic in topics if topic in frames]
