"""What one server process does for all, each duty in whichever process holds its row.

Every duty is safe to run twice and works in short transactions, so that a process that dies in the
middle of one leaves nothing to repair.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from server.alerts.stalled import find_stalled
from server.database import UPDATE_LOCK, clock
from server.fleet.overtime import stop_overdue
from server.identifiers import new_id
from server.metrics.compactor import compact
from server.queue import Bell, empty_outbox
from server.retention.discards import empty_discards
from server.retention.policy import apply_policies
from server.runs.service import announce, end_attempt
from server.signals import Topic
from server.storage.watch import DiskWatch
from server.tables import Duty, Run, ServerClock
from server.webhooks.delivery import Postman, deliver, forget
from server.workers import gangs
from server.workers import repository as workers

if TYPE_CHECKING:
    from server.parts import Parts

log = structlog.get_logger()

HOLD = timedelta(seconds=15)
RING_AGAIN_AFTER = timedelta(seconds=30)


class Task(NamedTuple):
    """A duty: what to do, how often, and the topic that calls for it sooner."""

    name: str
    seconds: float
    work: Callable[[], Awaitable[None]]
    topic: Topic | None = None


class Duties:
    """Runs every duty for as long as the process lives."""

    def __init__(self, parts: Parts) -> None:
        settings = parts.settings
        self._database = parts.database
        self._images = parts.artifacts
        self._checkpoints = parts.checkpoints
        self._signals = parts.signals
        self._bell = Bell(settings)
        self._postman = Postman(settings.allowed_networks)
        self._dashboard = settings.public_url
        self._webhook_retry = timedelta(seconds=settings.webhook_retry_seconds)
        self._silence = timedelta(seconds=settings.stalled_seconds)
        self._lease = timedelta(seconds=settings.lease_seconds)
        self._me = new_id("srv")
        self._pulse = min(1.0, settings.lease_seconds / 8)
        self._tasks = (
            Task("reaper", self._pulse, self.reap),
            Task("outbox", 1.0, self.empty_outbox, topic="outbox"),
            Task("ring_again", 10.0, self.ring_again),
            Task("compactor", 5.0, self.compact),
            Task("room", 60.0, self.give_back_room),
            Task("retention", 3600.0, self.apply_retention),
            Task("discards", 10.0, self.empty_discards, topic="discards"),
            Task("webhooks", 1.0, self.post_to_webhooks, topic="webhooks"),
            Task("stalled", 10.0, self.find_stalled),
            Task("overtime", min(10.0, 5 * self._pulse), self.stop_overdue),
            Task("disk", 10.0, DiskWatch(settings, parts.database).look),
            Task("webhook_log", 3600.0, self.shorten_webhook_log),
        )

    async def prepare(self) -> None:
        """Create the rows, and make good the time in which no server was up."""
        async with self._database.writing() as session:
            for task in self._tasks:
                if await session.get(Duty, task.name) is None:
                    session.add(Duty(name=task.name))
            if await session.get(ServerClock, 1) is None:
                session.add(ServerClock(id=1, alive_at=await clock(session)))
        await self.stamp()

    async def run(self) -> None:
        """Run until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._beat())
            for task in self._tasks:
                group.create_task(self._repeat(task))

    async def _beat(self) -> None:
        while True:
            await self._go_on_after_errors("stamp", self.stamp)
            await asyncio.sleep(self._pulse)

    async def _repeat(self, task: Task) -> None:
        while True:
            seen = self._signals.rings(task.topic) if task.topic else 0
            if await self._go_on_after_errors(task.name, lambda: self._hold(task.name)):
                await self._go_on_after_errors(task.name, task.work)
            if task.topic:
                await self._signals.wait(task.topic, seen, task.seconds)
            else:
                await asyncio.sleep(task.seconds)

    async def _go_on_after_errors(
        self, name: str, work: Callable[[], Awaitable[bool | None]]
    ) -> bool:
        """Do it; a database that is away, or a mistake of ours, must not end the duty for good."""
        try:
            return bool(await work())
        except Exception:
            log.exception("duty failed and will be tried again", duty=name)
            return False

    async def _hold(self, name: str) -> bool:
        """Take or renew the duty; False while another process holds it."""
        async with self._database.reading() as session:
            duty = await session.get_one(Duty, name)
            now = await clock(session)
            mine = duty.holder == self._me
            if not mine and duty.held_until is not None and duty.held_until > now:
                return False
            # Half the time is left: no need to write.
            if mine and duty.held_until is not None and duty.held_until - now > HOLD / 2:
                return True
        async with self._database.writing() as session:
            now = await clock(session)
            free = or_(Duty.holder == self._me, Duty.held_until.is_(None), Duty.held_until < now)
            taken = (
                update(Duty)
                .where(Duty.name == name, free)
                .values(holder=self._me, held_until=now + HOLD)
                .returning(Duty.name)
            )
            return (await session.execute(taken)).first() is not None

    async def stamp(self) -> None:
        """Say that a server is up. Time in which none was does not count against a lease."""
        async with self._database.writing() as session:
            row = await session.get_one(ServerClock, 1, with_for_update=UPDATE_LOCK)
            now = await clock(session)
            gap = now - row.alive_at
            # A shorter silence leaves every lease enough to be renewed, and happens on a busy
            # machine; counting it too would put off finding what is really lost.
            if gap > self._lease / 2:
                await workers.extend_leases(session, gap + self._lease)
                await gangs.extend_leases(session, gap + self._lease)
                log.info("no server was up; leases were extended", seconds=gap.total_seconds())
            row.alive_at = now

    async def reap(self) -> None:
        """End the attempts whose lease has run out."""
        # A gap is made good before anybody is called lost on its account.
        await self.stamp()
        async with self._database.reading() as session:
            silent = await workers.expired(session, await clock(session))
            nodes = await gangs.expired(session, await clock(session))
        for attempt_id, message in nodes:
            async with self._database.writing() as session:
                if (attempt_id, message) in await gangs.expired(session, await clock(session)):
                    await end_attempt(session, attempt_id, "lost", message)
        for attempt_id in silent:
            async with self._database.writing() as session:
                # The worker may have been heard of since.
                if attempt_id in await workers.expired(session, await clock(session)):
                    await end_attempt(
                        session, attempt_id, "lost", "The worker was not heard of for a lease"
                    )

    async def empty_outbox(self) -> None:
        """Ring the doorbells that were announced."""
        await empty_outbox(self._database, self._bell)

    async def compact(self) -> None:
        """Fold the older steps of every attempt into chunks."""
        await compact(self._database)

    async def give_back_room(self) -> None:
        """Let the database's file shrink."""
        await self._database.give_back_room()

    async def apply_retention(self) -> None:
        """Have go what the projects' policies are against."""
        await apply_policies(self._database)

    async def empty_discards(self) -> None:
        """Remove from the artifact store what nobody needs any more."""
        await empty_discards(self._database, self._images, self._checkpoints)

    async def post_to_webhooks(self) -> None:
        """Post what webhooks are to be told."""
        await deliver(self._database, self._postman, self._webhook_retry, self._dashboard)

    async def find_stalled(self) -> None:
        """Raise an alert for each run that finishes no step."""
        await find_stalled(self._database, self._silence)

    async def stop_overdue(self) -> None:
        """Have runs save and end that have taken as long as they may."""
        await stop_overdue(self._database)

    async def shorten_webhook_log(self) -> None:
        """Forget deliveries that came to their end long ago."""
        await forget(self._database)

    async def ring_again(self) -> None:
        """Announce anew what has waited for long: a ring may have been lost."""
        async with self._database.reading() as session:
            if not await _long_queued(session):
                return
        async with self._database.writing() as session:
            now = await clock(session)
            for run in await _long_queued(session):
                run.rung_at = now
                announce(session, run)


async def _long_queued(session: AsyncSession) -> list[Run]:
    before = await clock(session) - RING_AGAIN_AFTER
    query = select(Run).where(
        Run.state == "queued",
        Run.queued_at < before,
        or_(Run.rung_at.is_(None), Run.rung_at < before),
    )
    return list(await session.scalars(query))
