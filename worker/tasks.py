"""One attempt at one run, from the claim to the report of its end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import structlog

from prism_client.devices import Device
from prism_client.errors import NotFound, Refused
from prism_client.worker_client import Orders, WorkerClient
from prism_engine.contract.events import EventLog, Exited, ExitKind, Log
from worker.artifacts import CheckpointKeeper
from worker.corpus import register_corpus
from worker.errors import CorpusNotKept, KeyMissing, KeysRefused, WorkerError
from worker.folder import AttemptFolder
from worker.forward import Forwarder
from worker.gauges import DeviceRecorder, Nvml
from worker.inputs import fetch_inputs, write_recipe
from worker.keys import keys_of, written
from worker.launch import Engine, Launch
from worker.lease import keep_lease
from worker.mirroring import Mirroring
from worker.monitoring import Leases
from worker.orders import Reason, StandingOrders
from worker.outcome import Exit, exit_before_start, exit_of, exit_of_abandoned, last_words
from worker.output import OutputRecorder
from worker.patience import until_answered
from worker.redaction import Redaction
from worker.settings import Settings
from worker.store import ArtifactStore
from worker.tail import Offsets

log = structlog.get_logger()

LOOK_EVERY = 0.1

ReachEnd = Callable[[EventLog, OutputRecorder], Awaitable[Exit]]


@dataclass(frozen=True)
class Bench:
    """What a slot works with. Times are in seconds.

    `devices` are the slot's own; None where the machine has no driver that tells of any.
    """

    settings: Settings
    server: WorkerClient
    store: ArtifactStore
    devices: Sequence[Device] | None
    threads: int
    heartbeat_seconds: float
    leases: Leases = field(default_factory=Leases)
    nvml: Nvml | None = None


class Attempt:
    """Everything that a worker does for one claimed run.

    Heartbeats, forwarding and storing go on beside the engine and know nothing of each other. The
    end is reported once all that was said and saved before it has arrived.
    """

    def __init__(self, bench: Bench, folder: AttemptFolder, orders: StandingOrders) -> None:
        self._bench = bench
        self._folder = folder
        self._claim = folder.claim
        self._orders = orders
        self._redaction = Redaction()

    async def execute(self) -> None:
        """Fetch the inputs, run the engine, and report how it ended."""
        await self._see_through(self._run_engine, self._bench.settings.trackers)

    async def settle(self) -> None:
        """Send and store what a dead worker left, and report the end that it could not."""
        # Its mirrors followed the engine until the worker died, and have ended.
        await self._see_through(self._judge_abandoned, trackers=[])

    async def _see_through(self, reach_end: ReachEnd, trackers: Sequence[str]) -> None:
        about = structlog.contextvars.bound_contextvars(
            run_id=self._claim.run_id, attempt_id=self._claim.attempt_id
        )
        with about, self._folder.locked() as ours:
            if ours and not self._folder.is_reported:
                with self._bench.leases.held(), EventLog(self._folder.worker_events) as events:
                    await self._run_beside_engine(events, reach_end, trackers)
                self._folder.mark_reported()

    async def _run_beside_engine(
        self, events: EventLog, reach_end: ReachEnd, trackers: Sequence[str]
    ) -> None:
        server, folder, orders = self._bench.server, self._folder, self._orders
        offsets = Offsets(folder.offsets)
        output = OutputRecorder(folder, events, offsets, self._redaction)
        keeper = CheckpointKeeper(server, self._bench.store, folder, events, orders)
        forwarder = Forwarder(server, folder, events, orders, offsets, self._redaction)
        into = self._bench.settings.mirrored
        mirrors = Mirroring(trackers, into, folder, events, self._redaction)
        engine_ended, nothing_more = asyncio.Event(), asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            lease = tasks.create_task(self._keep_lease())
            storing = tasks.create_task(keeper.follow(engine_ended))
            mirroring = tasks.create_task(mirrors.follow(engine_ended))
            forwarding = tasks.create_task(forwarder.follow(nothing_more))
            ended = await reach_end(events, output)
            engine_ended.set()
            await storing
            failure = keeper.failure or await self._register_corpus(ended, events)
            await mirroring
            nothing_more.set()
            await forwarding
            await self._report(_unless_unstored(ended, failure))
            lease.cancel()

    async def _register_corpus(self, ended: Exit, events: EventLog) -> str | None:
        """Hand over what a curation ended in; returns why that could not be done."""
        if self._claim.kind != "curate" or ended.kind != "succeeded" or self._orders.superseded:
            return None
        bench = self._bench
        try:
            await register_corpus(bench.server, bench.settings.roots, self._folder, events)
        except CorpusNotKept as error:
            events.write(Log, level="error", message=str(error))
            return str(error)
        return None

    async def _keep_lease(self) -> None:
        await keep_lease(self._beat, self._bench.heartbeat_seconds, self._orders)

    async def _beat(self) -> Orders:
        return await self._bench.server.heartbeat(self._claim.attempt_id)

    async def _run_engine(self, events: EventLog, output: OutputRecorder) -> Exit:
        try:
            launch = await asyncio.to_thread(self._prepare)
        except WorkerError as error:
            events.write(Log, level="error", message=str(error))
            # A key does not come by itself, so that trying again is of no use.
            kind: ExitKind = "config" if isinstance(error, KeyMissing) else "infrastructure"
            return Exit(kind, str(error))
        if reason := self._orders.reason_to_end:
            return exit_before_start(reason)
        with Engine.start(launch, self._folder) as engine:
            measuring = DeviceRecorder(self._bench.nvml, launch.devices or (), events)
            beside = [asyncio.create_task(follow()) for follow in (output.follow, measuring.follow)]
            try:
                reason = await self._until_ended(engine)
            finally:
                for task in beside:
                    task.cancel()
                await asyncio.wait(beside)
        output.record_rest()
        code, number = (engine.status, None) if engine.status >= 0 else (None, -engine.status)
        events.write(Exited, code=code, signal=number)
        last = last_words(self._folder.engine_events)
        return exit_of(engine.status, reason, last, output.last_errors)

    def _prepare(self) -> Launch:
        """Fetch what the run reads, and say how the engine is to be started."""
        settings, claim, store = self._bench.settings, self._claim, self._bench.store
        keys = keys_of(claim, settings.key_file)
        self._redaction.learn(keys)
        inputs = fetch_inputs(claim, settings.roots, store, self._folder.inputs)
        write_recipe(claim, inputs, self._folder.recipe)
        return Launch(
            command=settings.engine_command,
            devices=self._devices,
            threads=self._bench.threads,
            # The engine has to be gone before the lease could have expired, counted from a
            # heartbeat that the worker may have sent just before it died.
            orphan_grace=max(1.0, claim.lease_seconds - 2 * self._bench.heartbeat_seconds),
            keys=written(keys),
            ledger=settings.ledgers / f"{claim.run_id}.sqlite",
            resume=store.fetch(claim.resume.location) if claim.resume else None,
            gang=claim.gang,
        )

    @property
    def _devices(self) -> Sequence[Device] | None:
        """Those of the slot's devices that the run asked for."""
        owned, asked = self._bench.devices, self._claim.gpus
        return owned if asked is None else (owned or ())[:asked]

    async def _until_ended(self, engine: Engine) -> Reason | None:
        """Wait for the engine's end, and bring it about if that is wanted.

        Returns:
            Why it was asked to end, if it was.
        """
        asked: Reason | None = None
        deadline = 0.0
        while engine.is_running():
            reason = self._orders.reason_to_end
            if reason and reason != asked:
                if asked is None:
                    engine.ask_to_end()
                asked, deadline = reason, time.monotonic() + self._grace(reason)
            if asked and time.monotonic() > deadline:
                engine.kill()
            await asyncio.sleep(LOOK_EVERY)
        return asked

    def _grace(self, reason: Reason) -> float:
        settings = self._bench.settings
        return {
            "stop": settings.stop_grace,
            "cancel": settings.cancel_grace,
            "superseded": settings.cancel_grace,
            "shutdown": settings.shutdown_grace,
        }[reason]

    async def _judge_abandoned(self, events: EventLog, output: OutputRecorder) -> Exit:
        message = "the worker died; what it left has been collected"
        try:
            self._redaction.learn(keys_of(self._claim, self._bench.settings.key_file))
            output.record_rest()
        except (KeyMissing, KeysRefused):
            # The keys that the server gave died with it, so that nobody can take them out.
            message = "the worker died; what its engine printed last stays on its machine"
        events.write(Log, level="warning", message=message)
        try:
            self._orders.hear(await until_answered(self._beat))
        except NotFound:
            self._orders.forget()
        last = last_words(self._folder.engine_events)
        return exit_of_abandoned(last, self._orders.reason_to_end)

    async def _report(self, end: Exit) -> None:
        """Report the end; of an attempt that is no longer the run's, nobody wants to know it."""
        try:
            await until_answered(lambda: self._tell(end))
        except Refused as refusal:
            log.warning("exit_refused", reason=str(refusal))

    async def _tell(self, end: Exit) -> None:
        await self._bench.server.report_exit(
            self._claim.attempt_id,
            kind=end.kind,
            message=self._redaction.text(end.message),
            code=end.code,
            signal=end.signal,
        )


def _unless_unstored(end: Exit, failure: str | None) -> Exit:
    """A run whose result could not be stored has not succeeded, whatever its engine thinks."""
    if failure and end.kind == "succeeded":
        return Exit("infrastructure", failure, end.code, end.signal)
    return end
