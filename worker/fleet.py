"""All slots of one worker, on an event loop of their own."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog

from prism_client.devices import Device, deal, find_devices
from prism_client.home import Home
from prism_client.worker_client import WorkerClient
from worker.cache import free_discarded
from worker.disk import report_disk
from worker.gang import part_of
from worker.gauges import Nvml
from worker.membership import Membership
from worker.monitoring import Leases, WorkerCollector
from worker.orders import StandingOrders
from worker.settings import Settings
from worker.slot import LONG_POLL, SHORT_POLL, Slot
from worker.store import ArtifactStore
from worker.sweep import find_abandoned
from worker.tasks import Bench

log = structlog.get_logger()


@dataclass(frozen=True)
class FleetOptions:
    """What the command line says.

    `threads` is for each engine's CPU work, `address` where other machines reach this one.
    """

    name: str
    slots: int
    queues: Sequence[str]
    threads: int
    address: str = ""
    exit_when_idle: bool = False
    max_hours: float | None = None


class Fleet:
    """Runs the slots in one thread that lives as long as the worker.

    The thread matters: the kernel tells an engine of its parent's death when the thread that
    spawned it ends.
    """

    def __init__(self, settings: Settings, options: FleetOptions) -> None:
        self._settings = settings
        self._options = options
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="slots")
        self._slots: list[Slot] = []
        self._working: asyncio.Task[None] | None = None
        self._leaving = False
        self._leases = Leases()
        self._reserve = round(settings.disk_reserve_gib * 2**30)
        self.failed = False

    def collector(self) -> WorkerCollector:
        """What Prometheus may ask of the slots."""
        options, runs = self._options, self._settings.runs
        return WorkerCollector(options.slots, self._busy, self._leases, runs)

    def start(self) -> None:
        """Start the slots, once, however often the doorbell is hung up anew."""
        if self._thread.ident is None:
            self._thread.start()

    def ring(self, queue: str) -> None:
        """Hear the doorbell; may be called from any thread."""
        if queue in self._options.queues:
            self._call(self._ring)

    def leave(self) -> None:
        """Ask engines to save and end; may be called from any thread."""
        self._call(self._leave)

    def join(self) -> None:
        """Return once the slots have ended, or their time to do so is up."""
        self._thread.join()

    def _call(self, function: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # The loop is closed: the slots have ended by themselves.
            self._loop.call_soon_threadsafe(function)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._main())
        except Exception:
            log.exception("worker_failed")
            self.failed = True
        finally:
            self._loop.close()
            # Whether done or failed: the process is of no use without its slots.
            os.kill(os.getpid(), signal.SIGTERM)

    async def _main(self) -> None:
        self._working = asyncio.create_task(self._work())
        if self._leaving:
            self._working.cancel()
        with suppress(asyncio.CancelledError):
            await self._working

    async def _work(self) -> None:
        home = Home(self._settings.home)
        async with WorkerClient(home.url(), home.worker_token()) as server:
            abandoned = await find_abandoned(self._settings.runs, self._settings.shutdown_grace)
            options = self._options
            found = find_devices(os.environ.get("CUDA_VISIBLE_DEVICES"))
            dealt = deal(found or [], options.slots)
            membership = Membership(server, options.name, dealt, options.queues, options.address)
            await membership.renew()
            poll = SHORT_POLL if options.exit_when_idle else LONG_POLL
            self._slots = [
                Slot(
                    number,
                    self._bench(server, membership, None if found is None else devices),
                    membership,
                    poll,
                )
                for number, devices in enumerate(dealt)
            ]
            if options.max_hours is not None:
                self._loop.call_later(options.max_hours * 3600, self._leave)
            async with asyncio.TaskGroup() as beside:
                duties = [beside.create_task(duty) for duty in self._duties(server, membership)]
                async with asyncio.TaskGroup() as tasks:
                    for folder in abandoned:
                        bench = self._bench(server, membership, None)
                        tasks.create_task(part_of(bench, folder, StandingOrders()).settle())
                    for slot in self._slots:
                        tasks.create_task(self._keep_working(slot))
                for duty in duties:
                    duty.cancel()

    def _duties(
        self, server: WorkerClient, membership: Membership
    ) -> list[Coroutine[None, None, None]]:
        """What is done now and again while the slots work."""
        settings = self._settings
        return [
            report_disk(server, membership, settings.home, self._reserve),
            free_discarded(self._store(), settings.runs),
        ]

    def _store(self) -> ArtifactStore:
        settings = self._settings
        return ArtifactStore(settings.artifact_store, settings.fetched, self._reserve)

    def _bench(
        self, server: WorkerClient, membership: Membership, devices: Sequence[Device] | None
    ) -> Bench:
        settings, options = self._settings, self._options
        return Bench(
            settings=settings,
            server=server,
            store=self._store(),
            devices=devices,
            threads=options.threads,
            heartbeat_seconds=membership.heartbeat_seconds,
            leases=self._leases,
            nvml=Nvml.open() if devices else None,
        )

    async def _keep_working(self, slot: Slot) -> None:
        while not self._leaving:
            worked = await slot.work_once()
            if self._options.exit_when_idle and not worked and not self._anybody_busy():
                return

    def _anybody_busy(self) -> bool:
        return self._busy() > 0

    def _busy(self) -> int:
        return sum(slot.busy for slot in self._slots)

    def _ring(self) -> None:
        for slot in self._slots:
            slot.ring()

    def _leave(self) -> None:
        """Ask every slot to come to an end, and end those that cannot reach the server."""
        if self._leaving:
            return
        self._leaving = True
        for slot in self._slots:
            slot.leave()
        if self._working is not None:
            grace = self._settings.shutdown_grace if self._anybody_busy() else 0
            # Engines have this long to save, and what they saved as long again to be sent.
            self._loop.call_later(2 * grace, self._working.cancel)
