"""Reads what is new once per process and hands it to every browser that watches.

The database is the log. A feed is a topic that somebody watches; the hub knows how far it has read
each, reads on when a commit rings (or a second has passed, for what other processes wrote), and
puts the same serialised frames into every subscriber's queue.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.database import Database
from server.errors import NotFound
from server.pipelines import repository as pipelines
from server.pipelines.service import pipeline_snapshots
from server.runs.snapshots import snapshots
from server.scoping import within
from server.signals import POLL_SECONDS, Signals
from server.stream.frames import Frame, history, snapshot_frame
from server.tables import Pipeline, Run

log = structlog.get_logger()

SECONDS_BETWEEN_FRAMES = 0.25
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
    subscribers: set[Subscriber] = field(default_factory=set)


class Hub:
    """One per process."""

    def __init__(self, database: Database, signals: Signals) -> None:
        self._database = database
        self._signals = signals
        self._feeds: dict[str, Feed] = {}

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

    def leave(self, subscriber: Subscriber) -> None:
        for topic in subscriber.topics:
            if feed := self._feeds.get(topic):
                feed.subscribers.discard(subscriber)
                if not feed.subscribers:
                    del self._feeds[topic]

    async def run(self) -> None:
        """Hand out what is new until cancelled."""
        loop = asyncio.get_running_loop()
        while not self._signals.closing:
            seen = self._signals.rings("runs")
            try:
                due_in = await self._look(loop.time())
            except Exception:
                # A database that is away, or a mistake of ours, must not end every stream for good.
                log.exception("the stream could not read and will look again")
                due_in = POLL_SECONDS
            if due_in < POLL_SECONDS:
                # Something is new but its turn has not come: four frames a second are enough.
                await asyncio.sleep(due_in)
            else:
                await self._signals.wait("runs", seen, POLL_SECONDS)

    async def _look(self, now: float) -> float:
        """Read what is new and due; return the seconds until something else will be due."""
        watched = list(self._feeds)
        if not watched:
            return POLL_SECONDS
        due_in = POLL_SECONDS
        async with self._database.reading() as session:
            for topic, head in (await _heads(session, watched)).items():
                feed = self._feeds.get(topic)
                if feed is None or head == (feed.position, feed.version):
                    continue
                if feed.next_at > now:
                    due_in = min(due_in, feed.next_at - now)
                    continue
                frames = await _news(session, topic, feed, head)
                self._hand_out(feed, frames, head)
                feed.next_at = now + SECONDS_BETWEEN_FRAMES
        return due_in

    def _hand_out(self, feed: Feed, frames: list[Frame] | None, head: tuple[int, int]) -> None:
        feed.position, feed.version = head
        for subscriber in feed.subscribers:
            if frames is None:
                subscriber.overflow()
            else:
                subscriber.put(frames)


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


async def _news(
    session: AsyncSession, topic: str, feed: Feed, head: tuple[int, int]
) -> list[Frame] | None:
    kind, _, name = topic.partition(":")
    position, version = head
    frames: list[Frame] | None = []
    if kind == "run" and position > feed.position:
        frames = await history(session, name, feed.position, position)
    if frames is not None and version != feed.version:
        frames += await current_state(session, [topic])
    return frames


async def current_state(session: AsyncSession, topics: Iterable[str]) -> list[Frame]:
    """Return the snapshot of every topic as it is now."""
    frames = []
    for topic in topics:
        kind, _, name = topic.partition(":")
        if kind == "run":
            run = await session.get_one(Run, name, populate_existing=True)
            frames.append(snapshot_frame(topic, kind, (await snapshots(session, [run]))[0]))
        else:
            pipeline = await pipelines.find(session, name)
            snapshot = (await pipeline_snapshots(session, [pipeline]))[0]
            frames.append(snapshot_frame(topic, kind, snapshot))
    return frames
