"""Reads what is new once per process and hands it to every browser that watches.

The database is the log. A feed is a topic that somebody watches; the hub knows how far it has read
each, reads on when a commit rings (or a second has passed, for what other processes wrote), and
puts the same serialised frames into every subscriber's queue. What this process wrote itself it was
told, and reads only if something is missing of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.database import Database
from server.errors import NotFound
from server.pipelines.service import pipeline_snapshots
from server.runs.snapshots import snapshots
from server.scoping import within
from server.signals import POLL_SECONDS, Signals, Told
from server.stream.frames import Frame, history, snapshot_frame, told_frames
from server.tables import Pipeline, Run

log = structlog.get_logger()

SECONDS_BETWEEN_LOOKS = 0.05
"""Of many commits at once each would else have the heads of all topics read."""

SECONDS_BETWEEN_FRAMES = 0.25
SECONDS_BETWEEN_STATES = 1.0
"""A run's snapshot changes with every step, whose numbers come at once and by themselves."""

MOST_TOLD = 64
LONGEST_QUEUE = 256


@dataclass(eq=False)
class Subscriber:
    """One browser tab: frames wait here until it takes them."""

    topics: frozenset[str]
    queue: asyncio.Queue[Frame | None] = field(default_factory=lambda: asyncio.Queue(LONGEST_QUEUE))

    def put(self, frames: Iterable[Frame]) -> None:
        for frame in frames:
            if self.queue.full():
                self.overflow()
                return
            self.queue.put_nowait(frame)

    def overflow(self) -> None:
        """Forget what waits: a client so slow does better to fetch anew."""
        while not self.queue.empty():
            self.queue.get_nowait()
        self.queue.put_nowait(None)


@dataclass
class Feed:
    """A watched topic and how far it was read."""

    position: int = 0
    version: int = 0
    next_at: float = 0.0
    next_state_at: float = 0.0
    told: list[Told] = field(default_factory=list)
    subscribers: set[Subscriber] = field(default_factory=set)

    def hand_out(self, frames: list[Frame] | None) -> None:
        """Give it to everybody who watches; None is more than is worth sending."""
        for subscriber in self.subscribers:
            if frames is None:
                subscriber.overflow()
            else:
                subscriber.put(frames)

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
        signals.listener = self._hear

    async def require(self, actor: Actor, topics: Iterable[str]) -> None:
        """Raise `NotFound` for a topic that does not exist, or not for this actor."""
        async with self._database.reading() as session:
            visible = await visible_topics(session, actor, topics)
        for topic in topics:
            if topic not in visible:
                kind, _, name = topic.partition(":")
                raise NotFound(kind, name)

    async def join(self, topics: Collection[str]) -> tuple[Subscriber, dict[str, int]]:
        """Subscribe; return with it the position after which frames will come, by run."""
        async with self._database.reading() as session:
            heads = await _heads(session, topics)
        subscriber = Subscriber(frozenset(heads))
        # Nothing is awaited from here on, so that no frame falls between the two.
        for topic, (position, version) in heads.items():
            self._feeds.setdefault(topic, Feed(position, version)).subscribers.add(subscriber)
        return subscriber, self.positions(subscriber)

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
                    feed.position, feed.next_at = position, now + SECONDS_BETWEEN_FRAMES
                if version != feed.version:
                    if feed.next_state_at > now:
                        due_in = min(due_in, feed.next_state_at - now)
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
                feed.version = changed[frame.topic]
                # Whole seconds, so that those of many runs are read together.
                feed.next_state_at = now // SECONDS_BETWEEN_STATES + SECONDS_BETWEEN_STATES


async def visible_topics(session: AsyncSession, actor: Actor, topics: Iterable[str]) -> set[str]:
    """Return those of the topics that the actor may watch."""
    ids = {topic.partition(":")[2] for topic in topics}
    visible = within(Pipeline.project_id, actor)
    pipelines = select(Pipeline.id).where(Pipeline.id.in_(ids), visible)
    of_pipelines = select(Run.id).join(Pipeline, Pipeline.id == Run.pipeline_id)
    runs = of_pipelines.where(Run.id.in_(ids), visible)
    found = {f"pipeline:{pipeline_id}" for pipeline_id in await session.scalars(pipelines)}
    found |= {f"run:{run_id}" for run_id in await session.scalars(runs)}
    return found


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
        f"run:{shot.id}": snapshot_frame(f"run:{shot.id}", "run", shot)
        for shot in await snapshots(session, found)
    }
    query = select(Pipeline).where(Pipeline.id.in_(ids))
    launched = (await session.scalars(query, execution_options=now)).all()
    frames |= {
        f"pipeline:{shot.id}": snapshot_frame(f"pipeline:{shot.id}", "pipeline", shot)
        for shot in await pipeline_snapshots(session, launched)
    }
    return [frames[topic] for topic in topics if topic in frames]
