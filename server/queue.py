"""Celery as a producer: rings the doorbell of a queue.

The message carries the queue's name and nothing else; the rows are the queue. What is announced is
committed before the bell rings, because the ring leaves through the outbox.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

import structlog
from celery import Celery
from kombu.exceptions import OperationalError
from sqlalchemy import delete, select

from prism_engine.contract.doorbell import TASK, celery_queue, transport_options
from server.settings import Settings
from server.tables import Doorbell

if TYPE_CHECKING:
    from server.database import Database

log = structlog.get_logger()


class Bell:
    """Rings for whoever listens to a queue of runs."""

    def __init__(self, settings: Settings) -> None:
        folder = settings.home / "broker"
        if settings.broker_url.startswith("filesystem:"):
            (folder / "control").mkdir(parents=True, exist_ok=True)
        self._celery = Celery("prism", broker=settings.broker_url)
        self._celery.conf.update(
            broker_transport_options=transport_options(settings.broker_url, folder),
            broker_connection_timeout=2,
            task_ignore_result=True,
            task_serializer="json",
        )

    async def ring(self, queues: Iterable[str]) -> bool:
        """Ring for these queues; False if the broker cannot be reached now."""
        return await asyncio.to_thread(self._ring, sorted(set(queues)))

    def _ring(self, queues: list[str]) -> bool:
        try:
            for queue in queues:
                self._celery.send_task(TASK, args=[queue], queue=celery_queue(queue), retry=False)
        except (OperationalError, OSError) as error:
            # Workers ask by themselves too, so a broker that is away costs seconds, not runs.
            log.warning("the doorbell cannot be rung", reason=str(error))
            return False
        return True


async def empty_outbox(database: Database, bell: Bell) -> None:
    """Ring what was announced; what cannot be rung stays for the next time."""
    async with database.reading() as session:
        announced = (await session.execute(select(Doorbell.id, Doorbell.queue))).all()
    if announced and await bell.ring(queue for _, queue in announced):
        ids = [number for number, _ in announced]
        async with database.writing() as session:
            await session.execute(delete(Doorbell).where(Doorbell.id.in_(ids)))
