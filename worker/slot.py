"""One place for one run: offers itself to the server, executes what it is given, and again."""

from __future__ import annotations

import asyncio
import socket
import uuid
from contextlib import suppress

import structlog

from prism_client.errors import NotFound, PrismError
from prism_client.retries import waits
from prism_client.worker_client import Claim
from worker.folder import AttemptFolder
from worker.gang import part_of
from worker.membership import Membership
from worker.orders import StandingOrders
from worker.patience import LONGEST_WAIT, PASSING
from worker.tasks import Bench

log = structlog.get_logger()

LONG_POLL = 25.0
SHORT_POLL = 1.0
"""Seconds that a slot lets the server wait: long to be cheap, short if it may go home instead."""


class Slot:
    """One of a worker's slots.

    Args:
        number: Counts from 0.
        bench: What it works with.
        membership: The worker as the server knows it.
        poll: Seconds that one offer stands.
    """

    def __init__(self, number: int, bench: Bench, membership: Membership, poll: float) -> None:
        self._number = number
        self._bench = bench
        self._membership = membership
        self._poll = poll
        self._bell = asyncio.Event()
        self._leaving = asyncio.Event()
        self._orders = StandingOrders()
        self.busy = False

    def ring(self) -> None:
        """Something may wait: offer again, at once."""
        self._bell.set()

    def leave(self) -> None:
        """Take no more, and end what is being done."""
        self._leaving.set()
        self._bell.set()
        self._orders.shut_down()

    async def work_once(self) -> bool:
        """Offer, and execute what is given; False if there was nothing to do."""
        claim = await self.offer()
        if claim is None:
            return False
        self.busy = True
        self._orders = StandingOrders()
        if self._leaving.is_set():
            self._orders.shut_down()
        log.info("claimed", run_id=claim.run_id, name=claim.run_name, attempt=claim.attempt)
        folder = AttemptFolder.create(self._bench.settings.runs, claim)
        await part_of(self._bench, folder, self._orders).execute()
        self.busy = False
        return True

    async def offer(self) -> Claim | None:
        """Ask for a run until the offer has stood for its time, or the worker leaves.

        One offer has one key, however often it is sent: a run that was given in an answer we no
        longer waited for, or that was lost on its way, is given again.
        """
        key, rendezvous = uuid.uuid4().hex, (self._membership.address, free_port())
        patience = waits(0.1, LONGEST_WAIT)
        while not self._leaving.is_set():
            self._bell.clear()
            claiming = asyncio.create_task(
                self._bench.server.claim(
                    self._membership.worker_id,
                    self._number,
                    key,
                    self._membership.queues,
                    self._poll,
                    rendezvous,
                )
            )
            ringing = asyncio.create_task(self._bell.wait())
            await asyncio.wait({claiming, ringing}, return_when=asyncio.FIRST_COMPLETED)
            ringing.cancel()
            if not claiming.done():
                claiming.cancel()
                with suppress(asyncio.CancelledError, PrismError):
                    await claiming
                continue
            try:
                return claiming.result()
            except NotFound:
                await self._membership.renew()
            except PASSING:
                await asyncio.sleep(next(patience))
        return None


def free_port() -> int:
    """A port that is free now, for the engines of a run over several nodes to meet at."""
    with socket.socket() as probe:
        probe.bind(("", 0))
        port: int = probe.getsockname()[1]
        return port
