"""Reads what is new once per process and hands it to every browser that watches.

The database is the log. A feed is a topic that somebody watches; the hub knows how far it has read
each, reads on when a commit rings (or a second has passed, for what other processes wrote), and
puts the same serialised frames into every subscriber's queue. The numbers that this process wrote
it was told, and hands out at once: they wait for no query, and for no snapshot that is being made.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
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

SECONDS_BETWEEN_LOOKS = 0.1
"""Of many commits at once each would else have the heads of all topics read."""

SECONDS_BETWEEN_FRAMES = 0.25
"""On average."""

FRAMES_AT_ONCE = 8
"""So many may follow each other at once after a silence.

Were it one or two, every step of a run that finishes four a second would wait for its turn, as soon
as a busy moment had delayed one.
"""

SECONDS_BETWEEN_STATES = 1.0
"""A run's snapshot changes with every step, whose numbers come at once and by themselves."""

STATES_AT_ONCE = 16
"""What has to be read waits for no longer than so many snapshots take."""

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

    def hand_out(self, frames: list[Frame] | None, position: int, now: float) -> None:
        """Give what leads up to a position to everybody who watches.

        Args:
            frames: None is more than is worth sending.
        """
        for subscriber in self.subscribers:
            if frames is None:
                subscriber.overflow()
            else:
                subscriber.put(frames)
        self.handed_out(position, now)

    def handed_out(self, position: int, now: float) -> None:
        """Keep in mind how far it was read, and when there may be more."""
        self.position = position
        longest_silence = (FRAMES_AT_ONCE - 1) * SECONDS_BETWEEN_FRAMES
        self.next_at = max(self.next_at, now - longest_silence) + SECONDS_BETWEEN_FRAMES

    def state_due_at(self, version: int) -> float:
        """Return when the topic's snapshot may go out, if the topic is of this version."""
        return self.next_state_at if version != self.version else math.inf

    def says(self, state: Frame, now: float) -> None:
        """Keep the topic's snapshot for whoever comes in the next moment."""
        self.state, self.stated_at = state, now

    def hand_out_state(self, state: Frame, version: int, now: float) -> None:
        for subscriber in self.subscribers:
            subscriber.put([state])
        self.says(state, now)
        self.version = version
        # Whole seconds, so that those of many runs are read together.
        self.next_state_at = now // SECONDS_BETWEEN_STATES + SECONDS_BETWEEN_STATES

    def hear(self, told: Told) -> None:
        if len(self.told) == MOST_TOLD:
            self.told.clear()
        self.told.append(told)

    def pass_on(self, now: float) -> None:
        """Hand out what was told."""
        if chain := self.take_told():
            self.hand_out(told_frames(chain), chain[-1].last, now)

    def take_told(self) -> list[Told]:
        """Take what was told of the next positions, up to the first that is missing."""
        chain, reached = [], self.position
        for told in sorted(self.told, key=lambda one: one.first):
            if told.first == reached + 1:
                chain.append(told)
                reached = told.last
        self.told = [told for told in self.told if told.first > reached]
        return chain


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
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._repeat(self._pass_on))
            tasks.create_task(self._repeat(self._look, SECONDS_BETWEEN_LOOKS))

    async def _repeat(
        self, turn: Callable[[float], Awaitable[float]], at_least: float = 0.0
    ) -> None:
        """Take one turn after another: when a commit rings, and when something is due.

        Args:
            turn: takes the present moment; returns the seconds until something will be due.
            at_least: seconds between the beginnings of two turns.
        """
        loop = asyncio.get_running_loop()
        while not self._signals.closing:
            seen, began = self._signals.rings("runs"), loop.time()
            try:
                due_in = await turn(began)
            except Exception:
                # A database that is away, or a mistake of ours, must not end every stream for good.
                log.exception("the stream could not go on and will try again")
                due_in = POLL_SECONDS
            await self._signals.wait("runs", seen, due_in)
            await asyncio.sleep(began + at_least - loop.time())

    async def _pass_on(self, now: float) -> float:
        """Hand out what was told and is due."""
        due_in = POLL_SECONDS
        for feed in self._feeds.values():
            if feed.told and feed.next_at > now:
                due_in = min(due_in, feed.next_at - now)
            elif feed.told:
                feed.pass_on(now)
        return due_in

    async def _look(self, now: float) -> float:
        """Read what is new and due: what nobody told this process of, and the snapshots."""
        watched = list(self._feeds)
        if not watched:
            return POLL_SECONDS
        changed: dict[str, int] = {}
        due_at = now + POLL_SECONDS
        async with self._database.reading() as session:
            for topic, (position, version) in (await _heads(session, watched)).items():
                feed = self._feeds.get(topic)
                if feed is None:
                    continue
                if feed.state_due_at(version) <= now and len(changed) < STATES_AT_ONCE:
                    changed[topic] = version
                if topic in changed or feed.next_at <= now:
                    # Nobody is told of an end before what led to it: for that no turn is waited.
                    await _read_on(session, topic, feed, position, now)
                elif position > feed.position:
                    due_at = min(due_at, feed.next_at)
                if topic not in changed:
                    due_at = min(due_at, feed.state_due_at(version))
            for frame in await current_state(session, changed):
                if feed := self._feeds.get(frame.topic):
                    feed.hand_out_state(frame, changed[frame.topic], now)
        return max(0.0, due_at - now)


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


async def _read_on(
    session: AsyncSession, topic: str, feed: Feed, position: int, now: float
) -> None:
    """Hand out a run's history up to a position; what was told of it need not be read."""
    feed.pass_on(now)
    while (after := feed.position) < position:
        frames = await history(session, topic.removeprefix("run:"), after, position)
        # Else what was told meanwhile has been handed out, and what was read holds it again.
        if feed.position == after:
            feed.hand_out(frames, position, now)


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
    # Nearly always it is runs alone that have changed.
    if launched := (await session.scalars(query, execution_options=now)).all():
        frames |= {
            f"pipeline:{shot.id}": frame_of(f"pipeline:{shot.id}", "pipeline", shot)
            for shot in await pipeline_snapshots(session, launched)
        }
    return [frames[topic] for topic in topics if topic in frames]
